-- A row is a way of adding up watch time, by account and day, by session or by hour of
-- the day, that does not give the seconds and plays of all plays. That the titles and
-- days of accounts add up to the plays is what
-- assert_titles_and_days_add_up_to_the_plays holds.

with

plays as (

    select
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_viewing_by_user_title_day') }}

    where not is_bot

),

ways as (

    select
        'user days' as way,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('agg_viewing_by_user_day') }}

    union all

    select
        'sessions' as way,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('fct_sessions') }}

    union all

    select
        'hours of the day' as way,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('agg_viewing_by_hour') }}

)

select
    ways.way,
    ways.plays as plays_of_way,
    plays.plays

from plays

cross join ways

where
    ways.plays != plays.plays
    or ways.watched_seconds != plays.watched_seconds
