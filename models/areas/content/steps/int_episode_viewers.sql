{{ config(
    part=['user_id', 'content_id'],
    indexes=[{'columns': ['user_id', 'content_id', 'episode_id'], 'unique': true}],
    reads={
        'int_part_viewers': ['user_id', 'content_id'],
        'int_season_viewers': ['user_id', 'content_id'],
    },
    reached_by={'dim_episodes': '
        select user_id, content_id from {int_part_viewers}
        where part_id in (
            select same_season.episode_id
            from {dim_episodes} as same_season
            inner join {changed} as changes
                on same_season.content_id = changes.content_id
                and same_season.season_number = changes.season_number
            union all
            select changes.episode_id from {changed} as changes
        )'},
) }}

-- Whether a starter came from the episode before is told here, account by account, so
-- that the mart only counts.

with

part_viewers as (

    select * from {{ ref('int_part_viewers') }}

),

season_viewers as (

    select * from {{ ref('int_season_viewers') }}

),

episodes as (

    select * from {{ ref('dim_episodes') }}

),

episodes_in_order as (

    select
        episode_id,
        row_number() over (
            partition by content_id, season_number order by episode_number
        ) as episode_rank

    from episodes

),

viewers_of_episodes as (

    select
        part_viewers.user_id,
        part_viewers.content_id,
        part_viewers.part_id as episode_id,
        part_viewers.season_number,
        episodes_in_order.episode_rank,
        part_viewers.watched_seconds,
        part_viewers.is_started and season_viewers.user_id is not null as is_started,
        part_viewers.is_completed,
        season_viewers.is_completed as is_season_finished

    from part_viewers

    inner join episodes_in_order
        on part_viewers.part_id = episodes_in_order.episode_id

    left join season_viewers
        on
            part_viewers.user_id = season_viewers.user_id
            and part_viewers.content_id = season_viewers.content_id
            and part_viewers.season_number = season_viewers.season_number

),

episode_viewers as (

    select
        user_id,
        content_id,
        episode_id,
        watched_seconds,
        is_started,
        coalesce(
            is_started
            and episode_rank - 1 = lag(episode_rank) over (
                partition by user_id, content_id, season_number, is_started
                order by episode_rank
            ), false
        ) as is_continued,
        is_completed,
        is_season_finished

    from viewers_of_episodes

)

select * from episode_viewers
