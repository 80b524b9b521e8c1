-- A row is an amount that is not rounded once, half away from zero, at the cent.

with

cases as (

    -- 4.995 dollars.
    select
        cast(9.99 as numeric(12, 2)) as amount,
        15 as days,
        30 as of_days,
        cast(5.00 as numeric(12, 2)) as expected

    union all

    select
        cast(1.15 as numeric(12, 2)) as amount,
        1 as days,
        10 as of_days,
        cast(0.12 as numeric(12, 2)) as expected

    union all

    select
        cast(-1.15 as numeric(12, 2)) as amount,
        1 as days,
        10 as of_days,
        cast(-0.12 as numeric(12, 2)) as expected

    union all

    -- 0.0449999 dollars: rounded to four digits first it would be five cents.
    select
        cast(0.45 as numeric(12, 2)) as amount,
        999998 as days,
        10000000 as of_days,
        cast(0.04 as numeric(12, 2)) as expected

),

computed as (

    select
        expected,
        {{ ratio('amount * days', 'of_days', 'numeric(12, 2)') }} as actual,
        {{ ratio('amount * days', 'of_days', 'numeric(12, 2)', digits=15) }}
            as actual_of_more_digits

    from cases

)

select * from computed

where
    actual is distinct from expected
    or actual_of_more_digits is distinct from expected
