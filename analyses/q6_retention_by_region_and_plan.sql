-- How many members are still there after so many months? Cohorts of all months
-- together by region, and the survival of paid spells by region and plan, with what
-- they rest on.

with

retention as (

    select * from {{ ref('agg_retention_by_cohort') }}

    where not is_immature

),

survival as (

    select * from {{ ref('agg_survival_by_segment') }}

    where segment_type in ('all', 'region', 'plan')

),

retention_by_region as (

    select
        region_code,
        months_since,
        sum(eligible_members) as eligible_members,
        sum(retained_members) as retained_members,
        sum(retained_or_back_members) as retained_or_back_members

    from retention

    group by region_code, months_since

)

select
    survival.segment_type,
    survival.segment_code,
    survival.tenure_month,
    survival.at_risk_spells,
    survival.survival_rate,
    survival.survival_rate_lower,
    survival.survival_rate_upper,
    retention_by_region.eligible_members,
    1.0 * retention_by_region.retained_members
    / retention_by_region.eligible_members as retention_rate,
    1.0 * retention_by_region.retained_or_back_members
    / retention_by_region.eligible_members as unbounded_retention_rate

from survival

left join retention_by_region
    on
        survival.segment_type = 'region'
        and survival.segment_code = retention_by_region.region_code
        and survival.tenure_month = retention_by_region.months_since

order by survival.segment_type, survival.segment_code, survival.tenure_month
