-- A row is a title and day of its launch whose seconds are not those of its plays that
-- day. That the days of a title add up to its plays is what
-- assert_titles_and_days_add_up_to_the_plays holds.

{{ config(group='content') }}

with

launch_days as (

    select
        content_id,
        viewed_date,
        watched_seconds

    from {{ ref('agg_content_launch_curve') }}

),

play_days as (

    select
        content_id,
        viewed_date,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_content_days') }}

    group by 1, 2

)

select
    launch_days.content_id,
    launch_days.viewed_date,
    launch_days.watched_seconds,
    play_days.watched_seconds as seconds_of_plays

from launch_days

left join play_days
    on
        launch_days.content_id = play_days.content_id
        and launch_days.viewed_date = play_days.viewed_date

where launch_days.watched_seconds != coalesce(play_days.watched_seconds, 0)
