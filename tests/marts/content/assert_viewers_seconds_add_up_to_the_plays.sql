-- A row is a title whose viewers' seconds are not the seconds of its plays: a play was
-- lost or counted twice on the way to the viewers. That the days of a title add up to
-- its plays is what assert_titles_and_days_add_up_to_the_plays holds.

{{ config(group='content') }}

with

plays as (

    select
        content_id,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_content_days') }}

    group by 1

),

viewers as (

    select
        content_id,
        sum(watched_seconds) as watched_seconds

    from {{ ref('fct_content_viewers') }}

    group by 1

)

select
    plays.content_id,
    plays.watched_seconds as seconds_of_plays,
    viewers.watched_seconds as seconds_of_viewers

from plays

full outer join viewers
    on plays.content_id = viewers.content_id

where
    coalesce(plays.watched_seconds, -1) != coalesce(viewers.watched_seconds, -1)
