-- A row is a share whose lower Wilson bound is off, or not NULL without trials.

with

cases as (

    select
        1 as successes,
        10 as trials,
        cast(0.017876 as numeric(12, 6)) as expected

    union all

    select
        5 as successes,
        100 as trials,
        cast(0.021544 as numeric(12, 6)) as expected

    union all

    select
        0 as successes,
        10 as trials,
        cast(0 as numeric(12, 6)) as expected

    union all

    select
        0 as successes,
        0 as trials,
        cast(null as numeric(12, 6)) as expected

),

computed as (

    select
        expected,
        {{ wilson_bound('successes', 'trials', 'lower') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
