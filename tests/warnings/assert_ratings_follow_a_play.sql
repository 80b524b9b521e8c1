-- A row is a rating of a title that the account had not played by then: somebody else's
-- rating, or plays that did not arrive. Ratings from before the first play say nothing.

{{ config(severity='warn') }}

with

ratings as (

    select * from {{ ref('fct_ratings') }}

),

first_plays as (

    select
        user_id,
        content_id,
        min(started_at) as first_started_at

    from {{ ref('fct_viewing') }}

    group by 1, 2

),

history as (

    select min(first_started_at) as first_started_at from first_plays

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
