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
        and loaded_at is not null

),

-- Plays that took as long are counted first: there are fewer minutes than plays.
arrivals as (

    select
        device_code,
        minutes_to_arrive,
        count(*) as plays

    from recent_plays

    group by 1, 2

),

arrivals_in_order as (

    select
        *,
        sum(plays) over (
            partition by device_code order by minutes_to_arrive
        ) as plays_so_far,
        sum(plays) over (partition by device_code) as device_plays,
        sum(plays) over (order by minutes_to_arrive) as plays_of_all_so_far,
        sum(plays) over () as plays_of_all

    from arrivals

),

device_medians as (

    select
        device_code,
        device_plays,
        min(
            case when 2 * plays_so_far >= device_plays then minutes_to_arrive end
        ) as median_minutes

    from arrivals_in_order

    group by 1, 2

),

platform_median as (

    select
        min(
            case when 2 * plays_of_all_so_far >= plays_of_all then minutes_to_arrive end
        ) as median_minutes

    from arrivals_in_order

)

select
    device_medians.device_code,
    device_medians.median_minutes,
    platform_median.median_minutes as median_minutes_of_all

from device_medians

cross join platform_median

where
    device_medians.device_plays >= 100
    and abs(device_medians.median_minutes - platform_median.median_minutes)
    > 60 * {{ integer_var('warn_clock_skew_hours', 1, 24) }}
