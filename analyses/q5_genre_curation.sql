-- Which genres are rated highest, and what follows for curation? Ratings, the share of
-- watch time beside the share of the catalogue, and the verdict from both.

with

genres as (

    select * from {{ ref('agg_genre_performance') }}

)

select
    genre_name,
    verdict,
    shrunk_rating,
    shrunk_rating_lower,
    shrunk_rating_upper,
    weighted_ratings,
    catalogue_share,
    watched_share,
    watched_to_catalogue_ratio,
    completion_rate

from genres

order by shrunk_rating desc, genre_name asc
