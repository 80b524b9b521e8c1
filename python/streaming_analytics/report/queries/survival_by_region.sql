-- Kaplan–Meier survival of paid spells by region, and ALL for the platform.
select
    case when segment_type = 'all' then 'ALL' else segment_code end as region_code,
    tenure_month,
    at_risk_spells,
    survival_rate,
    survival_rate_standard_error,
    survival_rate_lower,
    survival_rate_upper
from {{ ref('agg_survival_by_segment') }}
where segment_type in ('all', 'region')
order by segment_type, segment_code, tenure_month
