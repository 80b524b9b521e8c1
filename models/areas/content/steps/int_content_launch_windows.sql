-- A window that has not passed yet is NULL. A title is at half of its launch in the
-- first week whose watch time is at most half of the first one's.

with

launch_curve as (

    select * from {{ ref('agg_content_launch_curve') }}

),

watch_time_in_windows as (

    select
        content_id,
        max(case when days_since_release = 6 then cumulative_watched_seconds end)
            as watched_seconds_7d,
        max(case when days_since_release = 27 then cumulative_watched_seconds end)
            as watched_seconds_28d,
        max(case when days_since_release = 90 then cumulative_watched_seconds end)
            as watched_seconds_91d

    from launch_curve

    group by 1

),

weeks as (

    select
        content_id,
        {{ whole_quotient('days_since_release', '7') }} as weeks_since_release,
        sum(watched_seconds) as watched_seconds,
        max(first_week_watched_seconds) as first_week_watched_seconds

    from launch_curve

    group by 1, 2

    having count(*) = 7

),

half_lives as (

    select
        content_id,
        min(weeks_since_release) as half_life_weeks

    from weeks

    where
        first_week_watched_seconds > 0
        and watched_seconds * 2 <= first_week_watched_seconds

    group by 1

),

content_launch_windows as (

    select
        watch_time_in_windows.content_id,
        watch_time_in_windows.watched_seconds_7d,
        watch_time_in_windows.watched_seconds_28d,
        watch_time_in_windows.watched_seconds_91d,
        cast(half_lives.half_life_weeks as integer) as half_life_weeks

    from watch_time_in_windows

    left join half_lives
        on watch_time_in_windows.content_id = half_lives.content_id

)

select * from content_launch_windows
