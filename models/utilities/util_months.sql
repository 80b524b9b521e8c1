{{ config(part=['month_start_date']) }}

-- Months up to the one that holds the last day of the data. The closing date is the
-- day on which a month is read: its last day, or the last day of the data.

with

days as (

    select * from {{ ref('util_days') }}

),

months as (

    select
        date_day as month_start_date,
        cast({{ dbt.last_day('date_day', 'month') }} as date) as month_end_date,
        {{ as_of_date() }} as as_of_date

    from days

    where extract(day from date_day) = 1

),

final as (

    select

        ---------- booleans
        month_end_date <= as_of_date as is_complete_month,

        ---------- dates
        month_start_date,
        month_end_date,
        least(month_end_date, as_of_date) as closing_date,
        cast({{ dbt.dateadd('month', -1, 'month_start_date') }} as date)
            as previous_month_start_date

    from months

    where month_start_date <= as_of_date

)

select * from final
