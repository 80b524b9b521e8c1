-- A row says that the seconds of all titles, or of all genres by weight, are not the
-- seconds of all plays: a join has multiplied or lost some. That the days of a title
-- add up to its plays is what assert_titles_and_days_add_up_to_the_plays holds.

{{ config(group='content') }}

with

plays as (

    select sum(watched_seconds) as watched_seconds

    from {{ ref('int_content_days') }}

),

titles as (

    select
        sum(watched_seconds) as watched_seconds,
        sum(ratings) as ratings

    from {{ ref('agg_content_performance') }}

),

genres as (

    select
        sum(weighted_seconds) as watched_seconds,
        sum(weighted_ratings) as ratings

    from {{ ref('agg_genre_performance') }}

),

ratings as (

    select count(*) as ratings from {{ ref('fct_ratings') }}

)

select
    plays.watched_seconds,
    titles.watched_seconds as seconds_of_titles,
    genres.watched_seconds as seconds_of_genres,
    ratings.ratings,
    titles.ratings as ratings_of_titles,
    genres.ratings as ratings_of_genres

from plays

cross join titles

cross join genres

cross join ratings

where
    plays.watched_seconds != titles.watched_seconds
    or abs(plays.watched_seconds - genres.watched_seconds) > 0.01
    or ratings.ratings != titles.ratings
    or abs(ratings.ratings - genres.ratings) > 0.001
