-- The platform's mean rating, which genres are held against.
select
    count(*) as ratings,
    avg(rating) as mean_rating
from {{ ref('fct_ratings') }}
