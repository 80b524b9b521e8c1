{{ config(
    part=['user_id', 'content_id'],
    since='last_ended_at',
    reads={
        'int_part_viewers': ['user_id', 'content_id'],
        'int_season_viewers': ['user_id', 'content_id'],
        'int_plays_in_sessions': ['user_id', 'content_id'],
    },
    reached_by={'dim_content': '
        select user_id, content_id from {int_part_viewers}
        where content_id in (select content_id from {changed})'},
) }}

-- One row per viewer and title, whatever the number of sittings or ratings, so that
-- completion is the viewer's and nothing that is joined here can multiply the hours.

with

part_viewers as (

    select * from {{ ref('int_part_viewers') }}

),

season_viewers as (

    select * from {{ ref('int_season_viewers') }}

),

plays as (

    select * from {{ ref('int_plays_in_sessions') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

part_totals as (

    select
        user_id,
        content_id,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds,
        case when count(unique_seconds) = count(*) then sum(unique_seconds) end
            as unique_seconds,
        count(*) - count(is_completed) as unmeasured_parts,
        sum(case when is_completed then 1 else 0 end) as parts_completed,
        max(case when is_started then 1 else 0 end) = 1 as is_starter,
        max(case when is_watched then 1 else 0 end) = 1 as is_watcher,
        min(first_started_at) as first_started_at,
        max(last_ended_at) as last_ended_at

    from part_viewers

    group by 1, 2

),

season_totals as (

    select
        user_id,
        content_id,
        max(case when is_completed then 1 else 0 end) = 1 as is_completer

    from season_viewers

    group by 1, 2

),

sitting_totals as (

    select
        user_id,
        content_id,
        sum(case when is_sitting_start then 1 else 0 end) as sittings

    from plays

    group by 1, 2

),

viewers_and_measure as (

    select
        part_totals.*,
        sitting_totals.sittings,
        content.runtime_seconds,
        coalesce(season_totals.is_completer, false) as is_completer,
        content.runtime_seconds is not null
        and part_totals.unmeasured_parts = 0 as is_measured

    from part_totals

    left join season_totals
        on
            part_totals.user_id = season_totals.user_id
            and part_totals.content_id = season_totals.content_id

    inner join sitting_totals
        on
            part_totals.user_id = sitting_totals.user_id
            and part_totals.content_id = sitting_totals.content_id

    inner join content
        on part_totals.content_id = content.content_id

),

final as (

    select

        ---------- ids
        user_id,
        content_id,

        ---------- numerics
        cast(plays as integer) as plays,
        cast(sittings as integer) as sittings,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(unique_seconds as bigint) as unique_seconds,
        runtime_seconds,
        {{ ratio('unique_seconds', 'runtime_seconds') }} as completion_ratio,
        cast(case when is_measured then parts_completed end as integer)
            as parts_completed,

        ---------- booleans
        is_starter,
        case when is_measured then is_watcher end as is_watcher,
        case when is_measured then is_completer end as is_completer,

        ---------- timestamps
        first_started_at,
        last_ended_at

    from viewers_and_measure

)

select * from final
