-- What a month of the year, and a weekday, adds to the trend of sign-ups.
select
    season_type,
    season_name,
    season_number,
    observations,
    signups,
    seasonality_index
from {{ ref('agg_signup_seasonality') }}
order by season_type, season_number
