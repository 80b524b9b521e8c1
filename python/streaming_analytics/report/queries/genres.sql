-- Genres by what is watched of them and how they are rated.
select
    genre_code,
    genre_name,
    verdict,
    titles,
    weighted_hours,
    catalogue_share,
    watched_share,
    watched_to_catalogue_ratio,
    completion_rate,
    weighted_ratings,
    weighted_rating_sum,
    shrunk_rating,
    shrunk_rating_lower,
    shrunk_rating_upper
from {{ ref('agg_genre_performance') }}
where titles > 0
order by watched_share desc nulls last, genre_code asc
