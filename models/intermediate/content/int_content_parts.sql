{{ config(part=['part_id']) }}

-- A film is a season of one part, so that completion has one rule for both.

with

content as (

    select * from {{ ref('int_titles') }}

),

episodes as (

    select * from {{ ref('stg_streaming_app__episodes') }}

),

films as (

    select
        content_id as part_id,
        content_id,
        1 as season_number,
        1 as episode_number,
        runtime_seconds,
        release_date

    from content

    where content_type = 'film'

),

series_episodes as (

    select
        episode_id as part_id,
        content_id,
        season_number,
        episode_number,
        runtime_seconds,
        release_date

    from episodes

),

content_parts as (

    select * from films

    union all

    select * from series_episodes

)

select * from content_parts
