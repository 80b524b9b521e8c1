-- How many began a launched title, saw most of it and completed it within its first 7,
-- 28 and 91 days. A window is there once it has passed.

with

launch_curve as (

    select * from {{ ref('agg_content_launch_curve') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

viewer_totals as (

    select * from {{ ref('int_launch_audiences') }}

),

-- The window's last day carries what was watched up to it.
watch_time_in_windows as (

    select
        content_id,
        days_since_release + 1 as window_days,
        cumulative_watched_seconds as watched_seconds

    from launch_curve

    where days_since_release in (6, 27, 90)

),

launch_audiences as (

    select
        watch_time_in_windows.content_id,
        watch_time_in_windows.window_days,
        watch_time_in_windows.watched_seconds,
        content.content_type,
        content.runtime_seconds,
        content.release_date,
        coalesce(viewer_totals.viewers, 0) as viewers,
        coalesce(viewer_totals.starters, 0) as starters,
        coalesce(viewer_totals.measured_starters, 0) as measured_starters,
        coalesce(viewer_totals.watchers, 0) as watchers,
        coalesce(viewer_totals.completers, 0) as completers

    from watch_time_in_windows

    inner join content
        on watch_time_in_windows.content_id = content.content_id

    left join viewer_totals
        on
            watch_time_in_windows.content_id = viewer_totals.content_id
            and watch_time_in_windows.window_days = viewer_totals.window_days

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        content_type,

        ---------- numerics
        cast(window_days as integer) as window_days,
        cast(viewers as integer) as viewers,
        cast(starters as integer) as starters,
        cast(measured_starters as integer) as measured_starters,
        cast(watchers as integer) as watchers,
        cast(completers as integer) as completers,
        {{ ratio('completers', 'measured_starters') }} as completion_rate,
        {{ wilson_bound('completers', 'measured_starters', 'lower') }}
            as completion_rate_lower,
        {{ wilson_bound('completers', 'measured_starters', 'upper') }}
            as completion_rate_upper,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('watched_seconds', 'runtime_seconds', 'numeric(16, 4)') }} as views,

        ---------- dates
        release_date

    from launch_audiences

)

select * from final
