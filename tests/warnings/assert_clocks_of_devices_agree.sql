-- A row is a kind of device whose plays of the last four weeks take hours longer,
-- or less long, to arrive than those of the others: its clock is wrong, or its time
-- zone.

{{ config(severity='warn') }}

with

plays as (

    select * from {{ ref('stg_streaming_app__viewing') }}

),

-- What began before the first delivery, or on its day, is history.
first_delivery as (

    select min(loaded_date) as first_loaded_date

    from {{ ref('stg_streaming_app__viewing_days') }}

    -- That day stands for plays of which nobody knows when they arrived.
    where loaded_date > cast('0001-01-01' as date)

),

recent_plays as (

    select
        device_code,
        {{ dbt.datediff(
            'started_at', 'loaded_at', 'minute'
        ) }} as minutes_to_arrive

    from plays

    where
        cast(started_at as date)
        > (select first_delivery.first_loaded_date from first_delivery)
        and started_at >= {{ dbt.dateadd('day', -27, as_of_date()) }}

),

device_medians as (

    select
        device_code,
        count(*) as plays,
        percentile_cont(0.5) within group (order by minutes_to_arrive)
            as median_minutes

    from recent_plays

    group by 1

),

platform_median as (

    select
        percentile_cont(0.5) within group (order by minutes_to_arrive)
            as median_minutes

    from recent_plays

)

select
    device_code,
    median_minutes,
    (select platform_median.median_minutes from platform_median)
        as median_minutes_of_all

from device_medians

where
    plays >= 100
    and abs(
        median_minutes - (select platform_median.median_minutes from platform_median)
    )
    > 60 * {{ integer_var('warn_clock_skew_hours', 1, 24) }}
