-- Churn by region, raw and standardised for tenure and plan.
select
    risk.region_code,
    regions.region_name,
    risk.exposure_months,
    risk.cancels,
    risk.involuntary_cancels,
    risk.churn_rate,
    risk.churn_rate_lower,
    risk.churn_rate_upper,
    risk.standardised_churn_rate,
    risk.standardised_churn_rate_standard_error,
    risk.standardised_churn_rate_lower,
    risk.standardised_churn_rate_upper,
    risk.platform_churn_rate,
    risk.excess_rate,
    risk.mix_effect,
    risk.members,
    risk.mrr_usd,
    risk.mrr_at_risk_usd,
    risk.leading_driver_code,
    risk.leading_driver,
    risk.suggested_strategy
from {{ ref('agg_churn_risk_by_region') }} as risk
inner join {{ ref('dim_regions') }} as regions
    on risk.region_code = regions.region_code
where risk.exposure_months > 0
order by risk.standardised_churn_rate desc, risk.region_code asc
