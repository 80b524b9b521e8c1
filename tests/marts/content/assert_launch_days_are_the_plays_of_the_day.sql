-- A row is a title and day of its launch whose seconds are not those of its plays that
-- day. That the days of a title add up to its plays is what
-- assert_titles_and_days_add_up_to_the_plays holds. Days are joined before they are
-- added up: those of launches are few.

{{ config(group='content') }}

with

launch_days as (

    select
        content_id,
        viewed_date,
        watched_seconds

    from {{ ref('agg_content_launch_curve') }}

),

content_days as (

    select * from {{ ref('int_content_days') }}

)

select
    launch_days.content_id,
    launch_days.viewed_date,
    launch_days.watched_seconds,
    sum(content_days.watched_seconds) as seconds_of_plays

from launch_days

left join content_days
    on
        launch_days.content_id = content_days.content_id
        and launch_days.viewed_date = content_days.viewed_date

group by
    launch_days.content_id,
    launch_days.viewed_date,
    launch_days.watched_seconds

having launch_days.watched_seconds != coalesce(sum(content_days.watched_seconds), 0)
