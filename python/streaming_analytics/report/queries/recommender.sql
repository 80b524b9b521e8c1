-- How well each recommender predicts the last 20 % of what users chose.
select
    model_name,
    metric_name,
    metric_value,
    lower_value,
    upper_value,
    users
from {{ ref('agg_recommender_evaluation') }}
where split_name = 'per_user'
order by metric_name asc, metric_value desc, model_name asc
