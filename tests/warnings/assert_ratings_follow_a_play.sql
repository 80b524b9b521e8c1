-- A row is a rating of a title that the account had not played by then: somebody else's
-- rating, or plays that did not arrive. Who has only seen the trailer has not played
-- the title. Ratings from before the first play say nothing.

{{ config(severity='warn') }}

with

ratings as (

    select * from {{ ref('fct_ratings') }}

),

viewers as (

    select
        user_id,
        content_id,
        first_started_at

    from {{ ref('fct_content_viewers') }}

),

history as (

    select min(first_started_at) as first_started_at

    from {{ ref('fct_content_viewers') }}

)

select ratings.rating_id

from ratings

inner join history
    on ratings.rated_at >= history.first_started_at

left join viewers
    on
        ratings.user_id = viewers.user_id
        and ratings.content_id = viewers.content_id
        and ratings.rated_at >= viewers.first_started_at

where viewers.user_id is null
