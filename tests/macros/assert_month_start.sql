-- A row is a day that falls into the wrong month.

with

cases as (

    select
        cast('2024-02-29' as date) as date_day,
        cast('2024-02-01' as date) as expected

    union all

    select
        cast('2024-03-01' as date) as date_day,
        cast('2024-03-01' as date) as expected

),

computed as (

    select
        expected,
        {{ month_start('date_day') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
