with

first_days as (

    select min(viewed_date) as first_date
    from {{ ref('stg_streaming_app__viewing_user_days') }}

    union all

    select min(cast(signed_up_at as date)) as first_date
    from {{ ref('stg_streaming_app__users') }}

    union all

    select min(started_date) as first_date
    from {{ ref('stg_streaming_app__subscriptions') }}

    union all

    select min(cast(rated_at as date)) as first_date
    from {{ ref('stg_streaming_app__ratings') }}

),

-- Whole years, so that a calendar in a BI tool has no holes at either end, and all of
-- the first week, whose Monday may lie in the year before.
calendar_bounds as (

    select
        cast(
            least(
                {{ dbt.date_trunc('year', 'min(first_date)') }},
                {{ dbt.date_trunc('week', 'min(first_date)') }}
            ) as date
        ) as first_date,
        {{ as_of_date() }} as as_of_date

    from first_days

),

-- 32,768 days are 89 years; fewer than two of them are kept for two years of data.
numbers as (

    {{ dbt.generate_series(32768) }}

),

days as (

    select
        cast(
            {{ dbt.dateadd(
                'day', 'numbers.generated_number - 1', 'calendar_bounds.first_date'
            ) }} as date
        ) as date_day,
        calendar_bounds.as_of_date

    from calendar_bounds

    cross join numbers

),

final as (

    select date_day

    from days

    where extract(year from date_day) <= extract(year from as_of_date)

)

select * from final
