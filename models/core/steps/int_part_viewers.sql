{{ config(
    part=['user_id', 'part_id'],
    since='last_ended_at',
    indexes=[{'columns': ['user_id', 'part_id'], 'unique': true}],
    reads={'fct_viewing': {
        'user_id': 'user_id',
        'part_id': 'coalesce(episode_id, content_id)',
    }},
    reached_by={'int_content_parts': '
        select user_id, part_id from {this}
        where part_id in (select part_id from {changed})'},
) }}

-- Seconds seen twice count once: each play adds only what lies beyond the furthest
-- position that the plays sorted before it reached. Without the position of each play
-- nobody knows what was seen twice. docs/decisions/0006-completion.md

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

plays_after_reached_position as (

    select
        user_id,
        content_id,
        coalesce(episode_id, content_id) as part_id,
        watched_seconds,
        start_position_seconds,
        end_position_seconds,
        started_at,
        ended_at,
        coalesce(
            max(end_position_seconds) over (
                partition by user_id, coalesce(episode_id, content_id)
                order by start_position_seconds, end_position_seconds, play_id
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as reached_position_seconds

    from plays

),

part_totals as (

    select
        user_id,
        content_id,
        part_id,
        count(*) as plays,
        sum(watched_seconds) as watched_seconds,
        case
            when count(start_position_seconds) = count(*)
                then sum(
                    greatest(
                        end_position_seconds
                        - greatest(start_position_seconds, reached_position_seconds), 0
                    )
                )
        end as unique_seconds,
        min(started_at) as first_started_at,
        max(ended_at) as last_ended_at

    from plays_after_reached_position

    group by 1, 2, 3

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

part_viewers as (

    select
        part_totals.user_id,
        part_totals.content_id,
        part_totals.part_id,
        content_parts.season_number,
        part_totals.plays,
        cast(part_totals.watched_seconds as bigint) as watched_seconds,
        cast(part_totals.unique_seconds as bigint) as unique_seconds,
        part_totals.watched_seconds >= {{ integer_var('valid_view_seconds', 1, 3600) }}
            as is_started,
        part_totals.unique_seconds * 100
        >= {{ integer_var('watcher_percent', 1, 100) }}
        * content_parts.runtime_seconds as is_watched,
        part_totals.unique_seconds * 100
        >= {{ integer_var('completer_percent', 1, 100) }}
        * content_parts.runtime_seconds as is_completed,
        part_totals.first_started_at,
        part_totals.last_ended_at

    from part_totals

    -- Who played a series without saying which episode is a viewer all the same.
    left join content_parts
        on part_totals.part_id = content_parts.part_id

)

select * from part_viewers
