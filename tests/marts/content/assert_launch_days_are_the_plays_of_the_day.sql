-- A row is a title and day of its launch whose seconds are not those of its plays that
-- day.

with

plays as (

    select
        content_id,
        viewed_date,
        sum(watched_seconds) as watched_seconds

    from {{ ref('fct_viewing') }}

    where play_type = 'main'

    group by 1, 2

),

launch_days as (

    select
        content_id,
        viewed_date,
        watched_seconds

    from {{ ref('agg_content_launch_curve') }}

)

select
    launch_days.content_id,
    launch_days.viewed_date,
    launch_days.watched_seconds,
    plays.watched_seconds as seconds_of_plays

from launch_days

left join plays
    on
        launch_days.content_id = plays.content_id
        and launch_days.viewed_date = plays.viewed_date

where launch_days.watched_seconds != coalesce(plays.watched_seconds, 0)
