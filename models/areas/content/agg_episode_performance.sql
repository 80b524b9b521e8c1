-- Who began an episode, and how many of them went on and finished the season:
-- docs/decisions/0033-hooked-episode.md

with

episodes as (

    select * from {{ ref('dim_episodes') }}

),

episode_viewers as (

    select * from {{ ref('int_episode_viewers') }}

),

episodes_in_order as (

    select
        *,
        lag(episode_id) over (
            partition by content_id, season_number order by episode_number
        ) as previous_episode_id

    from episodes

),

viewer_totals as (

    select
        episode_id,
        count(*) as viewers,
        sum(watched_seconds) as watched_seconds,
        sum(case when is_started then 1 else 0 end) as starters,
        sum(case when is_continued then 1 else 0 end) as continued_starters,
        sum(case when is_started and is_season_finished is not null then 1 else 0 end)
            as measured_starters,
        sum(
            case
                when is_started and is_season_finished is not null and is_completed
                    then 1
                else 0
            end
        ) as completers,
        sum(case when is_started and is_season_finished then 1 else 0 end)
            as season_finishers

    from episode_viewers

    group by 1

),

episode_counts as (

    select
        episodes_in_order.episode_id,
        episodes_in_order.content_id,
        episodes_in_order.season_number,
        episodes_in_order.episode_number,
        episodes_in_order.runtime_seconds,
        episodes_in_order.release_date,
        coalesce(viewer_totals.viewers, 0) as viewers,
        coalesce(viewer_totals.watched_seconds, 0) as watched_seconds,
        coalesce(viewer_totals.starters, 0) as starters,
        coalesce(viewer_totals.measured_starters, 0) as measured_starters,
        coalesce(viewer_totals.completers, 0) as completers,
        coalesce(viewer_totals.season_finishers, 0) as season_finishers,
        coalesce(totals_before.starters, 0) as previous_starters,
        coalesce(viewer_totals.continued_starters, 0) as continued_starters

    from episodes_in_order

    left join viewer_totals
        on episodes_in_order.episode_id = viewer_totals.episode_id

    left join viewer_totals as totals_before
        on episodes_in_order.previous_episode_id = totals_before.episode_id

),

episodes_and_hook as (

    select
        *,
        min(
            case
                when
                    measured_starters > 0
                    and season_finishers * 100
                    >= measured_starters * {{ integer_var('hooked_percent', 1, 100) }}
                    then episode_number
            end
        ) over (partition by content_id, season_number) as hooked_episode_number

    from episode_counts

),

final as (

    select

        ---------- ids
        episode_id,
        content_id,

        ---------- numerics
        season_number,
        episode_number,
        runtime_seconds,
        cast(viewers as integer) as viewers,
        cast(starters as integer) as starters,
        cast(measured_starters as integer) as measured_starters,
        cast(completers as integer) as completers,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('completers', 'measured_starters') }} as completion_rate,
        {{ wilson_bound('completers', 'measured_starters', 'lower') }}
            as completion_rate_lower,
        {{ wilson_bound('completers', 'measured_starters', 'upper') }}
            as completion_rate_upper,
        cast(previous_starters as integer) as previous_starters,
        cast(continued_starters as integer) as continued_starters,
        {{ ratio('continued_starters', 'previous_starters') }} as continuation_rate,
        {{ wilson_bound('continued_starters', 'previous_starters', 'lower') }}
            as continuation_rate_lower,
        {{ wilson_bound('continued_starters', 'previous_starters', 'upper') }}
            as continuation_rate_upper,
        cast(season_finishers as integer) as season_finishers,
        {{ ratio('season_finishers', 'measured_starters') }} as season_finish_rate,
        {{ wilson_bound('season_finishers', 'measured_starters', 'lower') }}
            as season_finish_rate_lower,
        {{ wilson_bound('season_finishers', 'measured_starters', 'upper') }}
            as season_finish_rate_upper,

        ---------- booleans
        coalesce(episode_number = hooked_episode_number, false) as is_hooked_episode,

        ---------- dates
        release_date

    from episodes_and_hook

)

select * from final
