-- Which titles drive the most watch time and completion, and which genres fall behind
-- in ratings? The ten most watched titles beside their peers and their leading genre.

with

titles as (

    select * from {{ ref('agg_content_performance') }}

),

genres as (

    select * from {{ ref('agg_genre_performance') }}

)

select
    titles.title_label,
    titles.content_type,
    titles.watched_hours,
    titles.views,
    titles.completion_rate,
    titles.completion_rate_lower,
    titles.completion_rate_upper,
    titles.completion_index,
    titles.shrunk_rating,
    genres.genre_name,
    genres.shrunk_rating as genre_rating,
    genres.shrunk_rating_lower as genre_rating_lower,
    genres.shrunk_rating_upper as genre_rating_upper,
    genres.verdict as genre_verdict

from titles

left join genres
    on titles.leading_genre_code = genres.genre_code

order by titles.watched_hours desc, titles.content_id asc

limit 10
