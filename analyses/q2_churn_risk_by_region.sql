-- Which regions lose more members than the platform, what of it is their younger tenure
-- and cheaper plans, and what to do about the rest? The riskiest first, at equal mix.

with

risk as (

    select * from {{ ref('agg_churn_risk_by_region') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

)

select
    regions.region_name,
    risk.churn_rate,
    risk.standardised_churn_rate,
    risk.standardised_churn_rate_lower,
    risk.standardised_churn_rate_upper,
    risk.platform_churn_rate,
    risk.mix_effect,
    risk.voluntary_effect,
    risk.involuntary_effect,
    risk.involuntary_share_rate,
    risk.mrr_at_risk_usd,
    risk.leading_driver,
    risk.suggested_strategy

from risk

inner join regions
    on risk.region_code = regions.region_code

order by risk.standardised_churn_rate desc nulls last, regions.region_name asc
