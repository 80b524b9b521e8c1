with

days as (

    select * from {{ ref('util_days') }}

),

season_names as (

    select * from {{ ref('stg_reference__seasons') }}

),

days_with_numbers as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_of_month,
        {{ iso_weekday('date_day') }} as weekday_number,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as week_start_date,
        {{ month_start('date_day') }} as month_start_date,
        cast({{ dbt.last_day('date_day', 'month') }} as date) as month_end_date

    from days

),

final as (

    select

        ---------- strings
        month_names.season_name as month_name,
        weekday_names.season_name as weekday_name,

        ---------- numerics
        days_with_numbers.year_number,
        days_with_numbers.quarter_number,
        days_with_numbers.month_number,
        days_with_numbers.day_of_month,
        days_with_numbers.weekday_number,

        ---------- booleans
        days_with_numbers.weekday_number in (6, 7) as is_weekend,
        days_with_numbers.date_day <= {{ as_of_date() }} as is_observed,

        ---------- dates
        days_with_numbers.date_day,
        days_with_numbers.week_start_date,
        days_with_numbers.month_start_date,
        days_with_numbers.month_end_date

    from days_with_numbers

    left join season_names as month_names
        on
            days_with_numbers.month_number = month_names.season_number
            and month_names.season_type = 'month'

    left join season_names as weekday_names
        on
            days_with_numbers.weekday_number = weekday_names.season_number
            and weekday_names.season_type = 'weekday'

)

select * from final
