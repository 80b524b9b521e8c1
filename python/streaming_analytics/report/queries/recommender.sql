-- How well each recommender predicts the last 20 % of what was chosen: of the whole
-- period, and of each account's history.
select
    split_name,
    model_name,
    metric_name,
    metric_value,
    lower_value,
    upper_value,
    users
from {{ ref('agg_recommender_evaluation') }}
order by split_name asc, metric_name asc, metric_value desc, model_name asc
