-- A row is a price whose month is not right to the cent.

with

cases as (

    select
        120 as price,
        1 as years,
        1.1 as usd_per_unit,
        11 as expected

    union all

    -- 9.005, rounded once: a month of it in its own currency has no end.
    select
        100 as price,
        1 as years,
        1.0806 as usd_per_unit,
        9.01 as expected

    union all

    select
        360 as price,
        3 as years,
        1 as usd_per_unit,
        10 as expected

),

computed as (

    select
        price,
        years,
        expected,
        {{ monthly_price('price', 'years', 'usd_per_unit') }} as actual

    from cases

)

select * from computed

where actual != expected
