{{ config(
    part=['user_id', 'content_id'],
    indexes=[{'columns': ['window_days', 'user_id', 'part_id'], 'unique': true}],
    reads={'fct_viewing': ['user_id', 'content_id']},
    reached_by={
        'fct_viewing': '
            select plays.user_id, plays.content_id
            from {changed} as plays
            inner join {int_launches} as launches
                on plays.content_id = launches.content_id
                and plays.viewed_date >= launches.from_date
                and plays.viewed_date <= launches.until_date',
        'int_launches': '
            select plays.user_id, plays.content_id
            from {fct_viewing} as plays
            inner join {changed} as launches
                on plays.content_id = launches.content_id
                and plays.viewed_date >= launches.from_date
                and plays.viewed_date <= launches.until_date
            union all
            select user_id, content_id from {this}
            where content_id in (select content_id from {changed})',
        'int_content_parts': '
            select plays.user_id, plays.content_id
            from {fct_viewing} as plays
            inner join {int_launches} as launches
                on plays.content_id = launches.content_id
                and plays.viewed_date >= launches.from_date
                and plays.viewed_date <= launches.until_date
            where coalesce(plays.episode_id, plays.content_id)
                in (select part_id from {changed})
            union all
            select user_id, content_id from {this}
            where part_id in (select part_id from {changed})',
    },
) }}

-- int_part_viewers with only the plays of a launch's first days, for each length of the
-- window that has passed.

with

launches as (

    select * from {{ ref('int_launches') }}

),

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

launch_plays as (

    select
        launches.window_days,
        plays.play_id,
        plays.user_id,
        plays.content_id,
        coalesce(plays.episode_id, plays.content_id) as part_id,
        plays.watched_seconds,
        plays.start_position_seconds,
        plays.end_position_seconds

    from plays

    inner join launches
        on
            plays.content_id = launches.content_id
            and plays.viewed_date >= launches.from_date
            and plays.viewed_date <= launches.until_date

),

plays_after_reached_position as (

    select
        *,
        coalesce(
            max(end_position_seconds) over (
                partition by window_days, user_id, part_id
                order by start_position_seconds, end_position_seconds, play_id
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as reached_position_seconds

    from launch_plays

),

part_viewers as (

    select
        window_days,
        user_id,
        content_id,
        part_id,
        sum(watched_seconds) as watched_seconds,
        case
            when count(start_position_seconds) = count(*)
                then sum(
                    greatest(
                        end_position_seconds
                        - greatest(start_position_seconds, reached_position_seconds), 0
                    )
                )
        end as unique_seconds

    from plays_after_reached_position

    group by 1, 2, 3, 4

),

launch_part_viewers as (

    select
        part_viewers.window_days,
        part_viewers.user_id,
        part_viewers.content_id,
        part_viewers.part_id,
        content_parts.season_number,
        cast(part_viewers.watched_seconds as bigint) as watched_seconds,
        part_viewers.watched_seconds >= {{ integer_var('valid_view_seconds', 1, 3600) }}
            as is_started,
        part_viewers.unique_seconds * 100
        >= {{ integer_var('watcher_percent', 1, 100) }}
        * content_parts.runtime_seconds as is_watched,
        part_viewers.unique_seconds * 100
        >= {{ integer_var('completer_percent', 1, 100) }}
        * content_parts.runtime_seconds as is_completed

    from part_viewers

    inner join content_parts
        on part_viewers.part_id = content_parts.part_id

)

select * from launch_part_viewers
