-- How many began a launched title, saw most of it and completed it within its first 7,
-- 28 and 91 days. A window is there once it has passed.

with

launch_curve as (

    select * from {{ ref('agg_content_launch_curve') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

part_viewers as (

    select * from {{ ref('int_launch_part_viewers') }}

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

seasons as (

    select
        content_id,
        season_number,
        count(*) as parts

    from content_parts

    group by 1, 2

),

season_viewers as (

    select
        part_viewers.window_days,
        part_viewers.user_id,
        part_viewers.content_id,
        part_viewers.season_number,
        count(*) - count(part_viewers.is_completed) as unmeasured_parts,
        max(case when part_viewers.is_started then 1 else 0 end) as is_starter,
        max(case when part_viewers.is_watched then 1 else 0 end) as is_watcher,
        case
            when
                sum(case when part_viewers.is_completed then 1 else 0 end) * 100
                >= max(seasons.parts) * {{ integer_var('completer_percent', 1, 100) }}
                then 1
            else 0
        end as is_completer

    from part_viewers

    inner join seasons
        on
            part_viewers.content_id = seasons.content_id
            and part_viewers.season_number = seasons.season_number

    group by 1, 2, 3, 4

),

viewers as (

    select
        window_days,
        user_id,
        content_id,
        sum(unmeasured_parts) as unmeasured_parts,
        max(is_starter) as is_starter,
        max(is_watcher) as is_watcher,
        max(is_completer) as is_completer

    from season_viewers

    group by 1, 2, 3

),

-- Who completed a title is known where the lengths of all its parts are, and the
-- positions of the plays.
viewers_and_measure as (

    select
        viewers.*,
        case
            when content.runtime_seconds is not null and viewers.unmeasured_parts = 0
                then 1
            else 0
        end as is_measured

    from viewers

    inner join content
        on viewers.content_id = content.content_id

),

viewer_totals as (

    select
        window_days,
        content_id,
        count(*) as viewers,
        sum(is_starter) as starters,
        sum(is_starter * is_measured) as measured_starters,
        sum(is_starter * is_measured * is_watcher) as watchers,
        sum(is_starter * is_measured * is_completer) as completers

    from viewers_and_measure

    group by 1, 2

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
