with

days as (

    select * from {{ ref('util_days') }}

),

final as (

    select

        ---------- numerics
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_of_month,
        {{ iso_weekday('date_day') }} as weekday_number,

        ---------- booleans
        {{ iso_weekday('date_day') }} in (6, 7) as is_weekend,
        date_day <= {{ as_of_date() }} as is_observed,

        ---------- dates
        date_day,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start_date,
        {{ month_start('date_day') }} as month_start_date,
        cast({{ dbt.last_day('date_day', 'month') }} as date) as month_end_date

    from days

)

select * from final
