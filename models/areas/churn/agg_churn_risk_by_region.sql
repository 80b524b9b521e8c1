-- The rule for the leading driver: docs/decisions/0015-risk-by-region.md

with

regions as (

    select * from {{ ref('dim_regions') }}

),

months as (

    select * from {{ ref('util_months') }}

),

strata as (

    select * from {{ ref('int_churn_strata') }}

),

standardised as (

    select * from {{ ref('int_churn_standardised_by_region') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

strategies as (

    select * from {{ ref('stg_reference__retention_strategies') }}

),

platform as (

    select
        sum(exposure_months) as exposure_months,
        {{ ratio('sum(cancels)', 'sum(exposure_months)') }} as churn_rate,
        {{ ratio('sum(voluntary_cancels)', 'sum(exposure_months)') }}
            as voluntary_rate

    from strata

),

region_totals as (

    select
        region_code,
        sum(exposure_months) as exposure_months,
        sum(cancels) as cancels,
        sum(voluntary_cancels) as voluntary_cancels,
        sum(involuntary_cancels) as involuntary_cancels

    from strata

    group by 1

),

last_months as (

    select max(month_start_date) as month_start_date

    from months

),

current_members as (

    select
        members.region_code,
        count(*) as members,
        sum(members.monthly_price_usd) as mrr_usd

    from members

    inner join last_months
        on members.month_start_date = last_months.month_start_date

    group by 1

),

region_rates as (

    select
        regions.region_code,
        coalesce(region_totals.exposure_months, 0) as exposure_months,
        coalesce(region_totals.cancels, 0) as cancels,
        coalesce(region_totals.voluntary_cancels, 0) as voluntary_cancels,
        coalesce(region_totals.involuntary_cancels, 0) as involuntary_cancels,
        {{ ratio('region_totals.cancels', 'region_totals.exposure_months') }}
            as churn_rate,
        platform.churn_rate as platform_churn_rate,
        platform.voluntary_rate as platform_voluntary_rate,
        standardised.tenure_standardised_rate,
        standardised.standardised_churn_rate,
        standardised.standardised_voluntary_rate,
        standardised.standard_error,
        standardised.strata,
        {{ ratio('standardised.covered_exposure_months', 'platform.exposure_months') }}
            as covered_exposure_rate,
        coalesce(current_members.members, 0) as members,
        coalesce(current_members.mrr_usd, 0) as mrr_usd

    from regions

    cross join platform

    left join region_totals
        on regions.region_code = region_totals.region_code

    left join standardised
        on regions.region_code = standardised.region_code

    left join current_members
        on regions.region_code = current_members.region_code

),

-- Of rounded rates, so that the effects add up to the excess to the last digit.
parts_of_excess as (

    select
        *,
        churn_rate - platform_churn_rate as excess_rate,
        churn_rate - tenure_standardised_rate as tenure_effect,
        tenure_standardised_rate - standardised_churn_rate as plan_effect,
        standardised_voluntary_rate - platform_voluntary_rate as voluntary_effect,
        (standardised_churn_rate - standardised_voluntary_rate)
        - (platform_churn_rate - platform_voluntary_rate) as involuntary_effect

    from region_rates

),

explained as (

    select
        *,
        case
            when coalesce(excess_rate, 0) <= 0 then 'none'
            when
                involuntary_effect
                >= greatest(voluntary_effect, tenure_effect, plan_effect)
                then 'involuntary'
            when voluntary_effect >= greatest(tenure_effect, plan_effect)
                then 'voluntary'
            when tenure_effect >= plan_effect then 'young_tenure'
            else 'plan_mix'
        end as leading_driver_code

    from parts_of_excess

),

final as (

    select

        ---------- strings
        explained.region_code,
        explained.leading_driver_code,
        strategies.driver_name as leading_driver,
        strategies.strategy as suggested_strategy,

        ---------- numerics
        cast(explained.exposure_months as integer) as exposure_months,
        cast(explained.cancels as integer) as cancels,
        cast(explained.voluntary_cancels as integer) as voluntary_cancels,
        cast(explained.involuntary_cancels as integer) as involuntary_cancels,
        {{ ratio('explained.involuntary_cancels', 'explained.cancels') }}
            as involuntary_share_rate,
        explained.churn_rate,
        {{ wilson_bound('explained.cancels', 'explained.exposure_months', 'lower') }}
            as churn_rate_lower,
        {{ wilson_bound('explained.cancels', 'explained.exposure_months', 'upper') }}
            as churn_rate_upper,
        explained.standardised_churn_rate,
        cast(explained.standard_error as numeric(12, 6))
            as standardised_churn_rate_standard_error,
        cast(
            explained.standardised_churn_rate
            - least(
                {{ z_score() }} * explained.standard_error,
                explained.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_lower,
        cast(
            explained.standardised_churn_rate
            + least(
                {{ z_score() }} * explained.standard_error,
                1 - explained.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_upper,
        cast(coalesce(explained.strata, 0) as integer) as strata,
        cast(coalesce(explained.covered_exposure_rate, 0) as numeric(12, 6))
            as covered_exposure_rate,
        explained.platform_churn_rate,
        cast(explained.excess_rate as numeric(12, 6)) as excess_rate,
        cast(explained.tenure_effect + explained.plan_effect as numeric(12, 6))
            as mix_effect,
        cast(explained.tenure_effect as numeric(12, 6)) as tenure_effect,
        cast(explained.plan_effect as numeric(12, 6)) as plan_effect,
        cast(explained.voluntary_effect as numeric(12, 6)) as voluntary_effect,
        cast(explained.involuntary_effect as numeric(12, 6)) as involuntary_effect,
        cast(explained.members as integer) as members,
        cast(explained.mrr_usd as numeric(14, 2)) as mrr_usd,
        cast(explained.mrr_usd * explained.churn_rate as numeric(14, 2))
            as mrr_at_risk_usd

    from explained

    left join strategies
        on explained.leading_driver_code = strategies.driver_code

)

select * from final
