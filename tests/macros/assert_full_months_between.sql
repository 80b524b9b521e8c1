-- A row is a pair of dates whose full months are counted wrongly.

with

cases as (

    select
        cast('2025-01-31' as date) as start_date,
        cast('2025-02-28' as date) as end_date,
        0 as expected

    union all

    select
        cast('2025-01-31' as date) as start_date,
        cast('2025-03-01' as date) as end_date,
        1 as expected

    union all

    select
        cast('2024-12-15' as date) as start_date,
        cast('2025-12-14' as date) as end_date,
        11 as expected

    union all

    select
        cast('2024-12-15' as date) as start_date,
        cast('2025-12-15' as date) as end_date,
        12 as expected

    union all

    select
        cast('2025-05-05' as date) as start_date,
        cast('2025-05-05' as date) as end_date,
        0 as expected

),

computed as (

    select
        expected,
        {{ full_months_between('start_date', 'end_date') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
