-- A row is a quotient that is not rounded down.

with

cases as (

    select
        5 as dividend,
        6 as divisor,
        0 as expected

    union all

    select
        6 as dividend,
        6 as divisor,
        1 as expected

    union all

    select
        199 as dividend,
        100 as divisor,
        1 as expected

),

computed as (

    select
        dividend,
        divisor,
        expected,
        {{ whole_quotient('dividend', 'divisor') }} as actual

    from cases

)

select * from computed

where actual != expected
