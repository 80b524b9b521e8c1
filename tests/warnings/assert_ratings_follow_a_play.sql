-- A row is a rating of a title that the account had not played by then: somebody else's
-- rating, or plays that did not arrive. Ratings from before the first play say nothing.

{{ config(severity='warn') }}

with

ratings as (

    select * from {{ ref('fct_ratings') }}

),

plays as (

    select * from {{ ref('fct_viewing') }}

),

history as (

    select min(started_at) as first_started_at from {{ ref('fct_viewing') }}

),

-- An account rates one in many of the titles that it plays.
rated_titles as (

    select distinct
        user_id,
        content_id

    from {{ ref('fct_ratings') }}

),

first_plays as (

    select
        plays.user_id,
        plays.content_id,
        min(plays.started_at) as first_started_at

    from plays

    inner join rated_titles
        on
            plays.user_id = rated_titles.user_id
            and plays.content_id = rated_titles.content_id

    group by 1, 2

)

select ratings.rating_id

from ratings

inner join history
    on ratings.rated_at >= history.first_started_at

left join first_plays
    on
        ratings.user_id = first_plays.user_id
        and ratings.content_id = first_plays.content_id
        and ratings.rated_at >= first_plays.first_started_at

where first_plays.user_id is null
