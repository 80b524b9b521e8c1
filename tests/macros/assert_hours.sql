-- A row is a number of seconds that makes the wrong hours.

with

cases as (

    select
        5400 as seconds,
        cast(1.5 as numeric(18, 4)) as expected

    union all

    select
        1 as seconds,
        cast(0.0003 as numeric(18, 4)) as expected

    union all

    select
        0 as seconds,
        cast(0 as numeric(18, 4)) as expected

    union all

    -- Ten times what the largest platforms show in a year.
    select
        3600000000000000 as seconds,
        cast(1000000000000 as numeric(18, 4)) as expected

),

computed as (

    select
        expected,
        {{ hours('seconds') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
