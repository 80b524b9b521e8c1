-- A row is a title whose weights do not add up to 1: its hours would be counted more or
-- less than once over the genres.

select
    content_id,
    sum(genre_weight) as weight_sum

from {{ ref('bridge_content_genres') }}

group by 1

having abs(sum(genre_weight) - 1) > 0.000000001
