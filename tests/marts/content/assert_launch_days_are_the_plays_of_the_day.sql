-- A row is a title and day of its launch whose seconds are not those of its plays that
-- day.

with

launch_days as (

    select
        content_id,
        viewed_date,
        watched_seconds

    from {{ ref('agg_content_launch_curve') }}

),

launches as (

    select
        content_id,
        min(viewed_date) as first_date,
        max(viewed_date) as last_date

    from {{ ref('agg_content_launch_curve') }}

    group by 1

),

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

-- Most plays are of titles whose launch is over, or was never seen.
play_days as (

    select
        plays.content_id,
        plays.viewed_date,
        sum(plays.watched_seconds) as watched_seconds

    from plays

    inner join launches
        on
            plays.content_id = launches.content_id
            and plays.viewed_date between launches.first_date and launches.last_date

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
