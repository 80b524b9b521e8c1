-- Members with a predicted risk, by region, and ALL for the platform.
select
    coalesce(region_code, 'ALL') as region_code,
    count(*) as members,
    count(*) filter (where risk_source = 'model') as scored_members,
    count(*) filter (where risk_decile >= 9 and risk_source = 'model')
        as riskiest_members,
    count(*) filter (where has_asked_to_leave) as asked_members,
    sum(churn_probability) filter (where risk_decile >= 9 and risk_source = 'model')
        as riskiest_losses,
    sum(churn_probability) filter (where risk_source = 'model') as predicted_losses,
    sum(mrr_at_risk_usd) filter (where risk_decile >= 9 and risk_source = 'model')
        as riskiest_mrr_at_risk_usd
from {{ ref('dim_user_churn_risk') }}
group by grouping sets ((region_code), ())
order by region_code
