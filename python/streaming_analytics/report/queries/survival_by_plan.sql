-- Kaplan–Meier survival of paid spells by the plan they began on.
select
    survival.segment_code as plan_code,
    plans.plan_name,
    plans.plan_rank,
    survival.tenure_month,
    survival.at_risk_spells,
    survival.survival_rate,
    survival.survival_rate_standard_error,
    survival.survival_rate_lower,
    survival.survival_rate_upper
from {{ ref('agg_survival_by_segment') }} as survival
inner join {{ ref('dim_plans') }} as plans
    on survival.segment_code = plans.plan_code
where survival.segment_type = 'plan'
order by plans.plan_rank nulls last, plans.plan_code, survival.tenure_month
