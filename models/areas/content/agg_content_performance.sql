-- Viewers, plays and ratings are each brought to one row per title before they meet.

with

content as (

    select * from {{ ref('dim_content') }}

),

content_viewers as (

    select * from {{ ref('fct_content_viewers') }}

),

ratings as (

    select * from {{ ref('fct_ratings') }}

),

viewer_totals as (

    select
        content_id,
        count(*) as viewers,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds,
        sum(
            case
                when is_starter and is_completer is not null then unique_seconds else 0
            end
        ) as starters_unique_seconds,
        sum(case when is_starter and is_completer is not null then 1 else 0 end)
            as measured_starters,
        sum(case when is_starter then 1 else 0 end) as starters,
        sum(case when is_starter and is_watcher then 1 else 0 end) as watchers,
        sum(case when is_starter and is_completer then 1 else 0 end) as completers

    from content_viewers

    group by 1

),

season_viewers as (

    select * from {{ ref('int_season_viewers') }}

),

hooked_episodes as (

    select
        content_id,
        episode_number

    from {{ ref('agg_episode_performance') }}

    where season_number = 1 and is_hooked_episode

),

launch_windows as (

    select * from {{ ref('int_content_launch_windows') }}

),

peers as (

    select * from {{ ref('int_content_peers') }}

),

rating_totals as (

    select
        content_id,
        count(*) as ratings,
        sum(rating) as rating_sum

    from ratings

    group by 1

),

season_totals as (

    select
        season_viewers.content_id,
        count(*) as finished_seasons,
        sum(
            case
                when
                    season_viewers.last_completed_part_started_at
                    < {{ dbt.dateadd('day', 7, 'season_viewers.first_started_at') }}
                    then 1
                else 0
            end
        ) as finished_seasons_7d,
        percentile_cont(0.5) within group (
            order by {{ dbt.datediff(
                'season_viewers.first_started_at',
                'season_viewers.last_completed_part_started_at',
                'second'
            ) }}
        ) as median_seconds_to_finish

    from season_viewers

    inner join content
        on
            season_viewers.content_id = content.content_id
            and content.content_type = 'series'

    where season_viewers.is_completed

    group by 1

),

platform_ratings as (

    select
        sum(rating) as rating_sum,
        count(*) as ratings

    from ratings

),

title_counts as (

    select
        content.content_id,
        content.title,
        content.title_label,
        content.content_type,
        content.leading_genre_code,
        content.runtime_seconds,
        content.licence_cost_usd,
        content.release_date,
        coalesce(viewer_totals.viewers, 0) as viewers,
        coalesce(viewer_totals.plays, 0) as plays,
        coalesce(viewer_totals.watched_seconds, 0) as watched_seconds,
        coalesce(viewer_totals.starters_unique_seconds, 0) as starters_unique_seconds,
        coalesce(viewer_totals.starters, 0) as starters,
        coalesce(viewer_totals.measured_starters, 0) as measured_starters,
        coalesce(viewer_totals.watchers, 0) as watchers,
        coalesce(viewer_totals.completers, 0) as completers,
        coalesce(rating_totals.ratings, 0) as ratings,
        coalesce(rating_totals.rating_sum, 0) as rating_sum,
        coalesce(season_totals.finished_seasons, 0) as finished_seasons,
        coalesce(season_totals.finished_seasons_7d, 0) as finished_seasons_7d,
        season_totals.median_seconds_to_finish,
        hooked_episodes.episode_number as hooked_episode_number,
        launch_windows.watched_seconds_7d,
        launch_windows.watched_seconds_28d,
        launch_windows.watched_seconds_91d,
        launch_windows.half_life_weeks,
        peers.peer_group,
        platform_ratings.rating_sum as platform_rating_sum,
        platform_ratings.ratings as platform_ratings

    from content

    left join viewer_totals
        on content.content_id = viewer_totals.content_id

    left join rating_totals
        on content.content_id = rating_totals.content_id

    left join season_totals
        on content.content_id = season_totals.content_id

    left join hooked_episodes
        on content.content_id = hooked_episodes.content_id

    left join launch_windows
        on content.content_id = launch_windows.content_id

    left join peers
        on content.content_id = peers.content_id

    cross join platform_ratings

),

-- Of the peers a title itself is not one.
titles_beside_peers as (

    select
        *,
        sum(measured_starters) over (partition by peer_group) - measured_starters
            as peer_starters,
        sum(completers) over (partition by peer_group) - completers as peer_completers

    from title_counts

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        title,
        title_label,
        content_type,
        leading_genre_code,
        peer_group,

        ---------- numerics
        cast(viewers as integer) as viewers,
        cast(plays as integer) as plays,
        cast(starters as integer) as starters,
        cast(measured_starters as integer) as measured_starters,
        cast(watchers as integer) as watchers,
        cast(completers as integer) as completers,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(starters_unique_seconds as bigint) as starters_unique_seconds,
        runtime_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('watched_seconds', 'runtime_seconds', 'numeric(16, 4)') }} as views,
        {{ ratio('completers', 'measured_starters') }} as completion_rate,
        {{ wilson_bound('completers', 'measured_starters', 'lower') }}
            as completion_rate_lower,
        {{ wilson_bound('completers', 'measured_starters', 'upper') }}
            as completion_rate_upper,
        {{ ratio(
            'starters_unique_seconds',
            'cast(measured_starters as bigint) * runtime_seconds'
        ) }} as average_share_viewed,
        cast(peer_starters as integer) as peer_starters,
        cast(peer_completers as integer) as peer_completers,
        {{ ratio('peer_completers', 'peer_starters') }} as peer_completion_rate,
        {{ ratio('completers * peer_starters', 'measured_starters * peer_completers') }}
            as completion_index,
        cast(finished_seasons as integer) as finished_seasons,
        cast(finished_seasons_7d as integer) as finished_seasons_7d,
        {{ ratio('finished_seasons_7d', 'finished_seasons') }} as bingeability,
        {{ ratio('median_seconds_to_finish', '86400', 'numeric(16, 4)') }}
            as median_days_to_finish,
        hooked_episode_number,
        cast(watched_seconds_7d as bigint) as watched_seconds_7d,
        cast(watched_seconds_28d as bigint) as watched_seconds_28d,
        cast(watched_seconds_91d as bigint) as watched_seconds_91d,
        {{ ratio('watched_seconds_7d', 'runtime_seconds', 'numeric(16, 4)') }}
            as views_7d,
        {{ ratio('watched_seconds_28d', 'runtime_seconds', 'numeric(16, 4)') }}
            as views_28d,
        {{ ratio('watched_seconds_91d', 'runtime_seconds', 'numeric(16, 4)') }}
            as views_91d,
        half_life_weeks,
        cast(ratings as integer) as ratings,
        cast(rating_sum as numeric(12, 1)) as rating_sum,
        {{ ratio('rating_sum', 'ratings') }} as mean_rating,
        {{ bayesian_average(
            'rating_sum', 'ratings', 'platform_rating_sum', 'platform_ratings'
        ) }} as shrunk_rating,
        licence_cost_usd,
        {{ ratio('licence_cost_usd * 3600', 'watched_seconds', 'numeric(16, 4)') }}
            as cost_per_hour_usd,

        ---------- dates
        release_date

    from titles_beside_peers

)

select * from final
