-- Which regions lose more members than the platform, what of it is their younger tenure
-- and cheaper plans, and what to do about the rest? The riskiest first, standardised
-- for tenure and plan, with the losses that the churn model expects in the next month.

with

risk as (

    select * from {{ ref('agg_churn_risk_by_region') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

members as (

    select * from {{ ref('dim_user_churn_risk') }}

),

members_by_region as (

    select
        region_code,
        sum(churn_probability) as expected_losses,
        sum(case when risk_decile = 10 then 1 else 0 end) as members_to_call_first

    from members

    where not has_asked_to_leave

    group by region_code

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
    cast(members_by_region.expected_losses as numeric(12, 1)) as expected_losses,
    members_by_region.members_to_call_first,
    risk.leading_driver,
    risk.suggested_strategy

from risk

inner join regions
    on risk.region_code = regions.region_code

left join members_by_region
    on risk.region_code = members_by_region.region_code

order by risk.standardised_churn_rate desc nulls last, regions.region_name asc
