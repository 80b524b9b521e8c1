-- A row is a type of season whose indices do not average 1, within rounding.

select
    season_type,
    count(seasonality_index) as seasons,
    sum(seasonality_index) as index_sum

from {{ ref('agg_signup_seasonality') }}

group by season_type

having abs(sum(seasonality_index) - count(seasonality_index)) > 0.00001
