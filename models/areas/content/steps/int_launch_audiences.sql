{{ config(
    part=['content_id'],
    reads={
        'int_launch_part_viewers': ['content_id'],
        'int_content_parts': ['content_id'],
        'dim_content': ['content_id'],
    },
) }}

with

part_viewers as (

    select * from {{ ref('int_launch_part_viewers') }}

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

content as (

    select * from {{ ref('dim_content') }}

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

launch_audiences as (

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

)

select * from launch_audiences
