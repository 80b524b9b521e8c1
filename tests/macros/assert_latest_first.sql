-- A row is a state of a genre that stands at another place than by its arrival; NULL,
-- which engines put first or last, is last here.

with

cases as (

    select
        'drama' as genre_code,
        'Drama' as genre_name,
        cast('2025-01-02 00:00:00' as timestamp) as loaded_at,
        1 as expected

    union all

    -- Of one arrival, by the other columns.
    select
        'drama' as genre_code,
        'Dramas' as genre_name,
        cast('2025-01-02 00:00:00' as timestamp) as loaded_at,
        2 as expected

    union all

    select
        'drama' as genre_code,
        cast(null as {{ dbt.type_string() }}) as genre_name,
        cast('2025-01-02 00:00:00' as timestamp) as loaded_at,
        3 as expected

    union all

    select
        'drama' as genre_code,
        'Drama' as genre_name,
        cast('2025-01-01 00:00:00' as timestamp) as loaded_at,
        4 as expected

    union all

    select
        'drama' as genre_code,
        'A drama' as genre_name,
        cast(null as timestamp) as loaded_at,
        5 as expected

),

numbered as (

    select
        expected,
        row_number() over (order by {{ latest_first('genres') }}) as actual

    from cases

)

select * from numbered

where actual <> expected
