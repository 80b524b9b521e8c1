{{ config(
    part=['user_id', 'content_id'],
    indexes=[{'columns': ['user_id', 'content_id', 'season_number'], 'unique': true}],
    reads={'int_part_viewers': ['user_id', 'content_id']},
    reached_by={'int_content_parts': '
        select user_id, content_id from {int_part_viewers}
        where content_id in (select content_id from {changed})'},
) }}

with

part_viewers as (

    select * from {{ ref('int_part_viewers') }}

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

seasons as (

    select
        content_id,
        season_number,
        count(*) as parts,
        count(runtime_seconds) as measured_parts

    from content_parts

    group by 1, 2

),

completed_parts as (

    select
        user_id,
        content_id,
        season_number,
        count(*) as parts_played,
        count(is_completed) as measured_parts_played,
        sum(case when is_completed then 1 else 0 end) as parts_completed,
        min(first_started_at) as first_started_at,
        max(case when is_completed then first_started_at end)
            as last_completed_part_started_at

    from part_viewers

    group by 1, 2, 3

),

season_viewers as (

    select
        completed_parts.user_id,
        completed_parts.content_id,
        completed_parts.season_number,
        completed_parts.parts_played,
        completed_parts.parts_completed,
        seasons.parts,
        -- NULL whatever is known of the rest: who is left out of the completion must
        -- not depend on whether the season was completed.
        case
            when
                seasons.measured_parts = seasons.parts
                and completed_parts.measured_parts_played = completed_parts.parts_played
                then
                    completed_parts.parts_completed * 100
                    >= seasons.parts * {{ integer_var('completer_percent', 1, 100) }}
        end as is_completed,
        completed_parts.first_started_at,
        completed_parts.last_completed_part_started_at

    from completed_parts

    inner join seasons
        on
            completed_parts.content_id = seasons.content_id
            and completed_parts.season_number = seasons.season_number

)

select * from season_viewers
