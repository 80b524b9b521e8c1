-- A row is a day whose weekday is numbered wrongly.

with

cases as (

    select
        cast('2024-01-01' as date) as date_day,
        1 as expected

    union all

    select
        cast('2024-02-29' as date) as date_day,
        4 as expected

    union all

    select
        cast('2024-12-29' as date) as date_day,
        7 as expected

),

computed as (

    select
        expected,
        {{ iso_weekday('date_day') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
