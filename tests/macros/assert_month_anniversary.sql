-- A row is a date whose anniversary is not the same day of a later month, or that
-- month's last day where it has no such day.

with

cases as (

    select
        cast('2025-01-31' as date) as start_date,
        1 as months_since,
        cast('2025-02-28' as date) as expected

    union all

    select
        cast('2025-01-31' as date) as start_date,
        2 as months_since,
        cast('2025-03-31' as date) as expected

    union all

    select
        cast('2024-02-29' as date) as start_date,
        12 as months_since,
        cast('2025-02-28' as date) as expected

    union all

    select
        cast('2024-11-15' as date) as start_date,
        0 as months_since,
        cast('2024-11-15' as date) as expected

),

computed as (

    select
        expected,
        {{ month_anniversary('start_date', 'months_since') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
