-- A row is a ratio that is rounded wrongly, or not NULL over 0.

with

cases as (

    select
        1 as numerator,
        3 as denominator,
        cast(0.333333 as numeric(12, 6)) as expected

    union all

    select
        2 as numerator,
        3 as denominator,
        cast(0.666667 as numeric(12, 6)) as expected

    union all

    select
        0 as numerator,
        5 as denominator,
        cast(0 as numeric(12, 6)) as expected

    union all

    select
        1 as numerator,
        0 as denominator,
        cast(null as numeric(12, 6)) as expected

    union all

    select
        -1 as numerator,
        8 as denominator,
        cast(-0.125 as numeric(12, 6)) as expected

    union all

    -- Halves go away from zero.
    select
        5 as numerator,
        2000000 as denominator,
        cast(0.000003 as numeric(12, 6)) as expected

    union all

    select
        -2000001 as numerator,
        2000000 as denominator,
        cast(-1.000001 as numeric(12, 6)) as expected

    union all

    -- Seconds of 10^12 hours, weighted by the places of 100,000 titles.
    select
        cast(3600000000000000 as numeric(30, 0)) * 25000 as numerator,
        cast(3600000000000000 as numeric(30, 0)) * 100000 as denominator,
        cast(0.25 as numeric(12, 6)) as expected

),

computed as (

    select
        expected,
        {{ ratio('numerator', 'denominator') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
