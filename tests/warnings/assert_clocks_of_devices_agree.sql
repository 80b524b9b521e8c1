-- A row is a kind of device whose plays of the last four weeks take hours longer,
-- or less long, to arrive than those of the others: its clock is wrong, or its time
-- zone. It names a mart that nothing is made of, so that dbt holds no model back until
-- it ends.
-- depends_on: {{ ref('agg_viewing_by_hour') }}

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

last_day as (

    select max(viewed_date) as viewed_date

    from {{ ref('stg_streaming_app__viewing_days') }}

),

recent_plays as (

    select
        device_code,
        {{ dbt.datediff(
            'started_at', 'loaded_at', 'minute'
        ) }} as minutes_to_arrive

    from plays

    -- No play is of a later day; between two bounds PostgreSQL takes the index of days.
    where
        cast(started_at as date)
        > (select first_delivery.first_loaded_date from first_delivery)
        and cast(started_at as date)
        >= {{ dbt.dateadd('day', -27, as_of_date()) }}
        and cast(started_at as date)
        <= (select last_day.viewed_date from last_day)

),

-- Plays that took as long are counted first: there are fewer minutes than plays.
arrivals as (

    select
        device_code,
        minutes_to_arrive,
        count(*) as plays,
        count(minutes_to_arrive) as arrived

    from recent_plays

    group by 1, 2

),

arrivals_in_order as (

    select
        *,
        sum(arrived) over (
            partition by device_code order by minutes_to_arrive
        ) as device_so_far,
        sum(arrived) over (partition by device_code) as device_arrived,
        sum(arrived) over (order by minutes_to_arrive) as all_so_far,
        sum(arrived) over () as all_arrived

    from arrivals

),

-- The middle one of the plays, or halfway between the two in the middle.
device_medians as (

    select
        device_code,
        sum(plays) as plays,
        (
            min(
                case when 2 * device_so_far >= device_arrived then minutes_to_arrive end
            )
            + min(
                case when 2 * device_so_far > device_arrived then minutes_to_arrive end
            )
        ) / 2.0 as median_minutes

    from arrivals_in_order

    group by 1

),

platform_median as (

    select
        (
            min(
                case when 2 * all_so_far >= all_arrived then minutes_to_arrive end
            )
            + min(
                case when 2 * all_so_far > all_arrived then minutes_to_arrive end
            )
        ) / 2.0 as median_minutes

    from arrivals_in_order

)

select
    device_medians.device_code,
    device_medians.median_minutes,
    platform_median.median_minutes as median_minutes_of_all

from device_medians

cross join platform_median

where
    device_medians.plays >= 100
    and abs(device_medians.median_minutes - platform_median.median_minutes)
    > 60 * {{ integer_var('warn_clock_skew_hours', 1, 24) }}
