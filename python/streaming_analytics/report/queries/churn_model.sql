-- How well the churn model and its baseline predicted months they had not seen.
select
    model_name,
    metric_name,
    metric_value,
    lower_value,
    upper_value,
    member_months,
    losses
from {{ ref('agg_churn_model_evaluation') }}
order by model_name, metric_name
