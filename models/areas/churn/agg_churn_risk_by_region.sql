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

standardised_rates as (

    select * from {{ ref('int_churn_standardised_by_region') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

strategies as (

    select * from {{ ref('stg_reference__retention_strategies') }}

),

platform_rates as (

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
        platform_rates.churn_rate as platform_churn_rate,
        platform_rates.voluntary_rate as platform_voluntary_rate,
        standardised_rates.tenure_standardised_rate,
        standardised_rates.standardised_churn_rate,
        standardised_rates.standardised_voluntary_rate,
        standardised_rates.standard_error,
        standardised_rates.strata,
        {{ ratio(
            'standardised_rates.covered_exposure_months',
            'platform_rates.exposure_months'
        ) }}
            as covered_exposure_rate,
        coalesce(current_members.members, 0) as members,
        coalesce(current_members.mrr_usd, 0) as mrr_usd

    from regions

    cross join platform_rates

    left join region_totals
        on regions.region_code = region_totals.region_code

    left join standardised_rates
        on regions.region_code = standardised_rates.region_code

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

region_drivers as (

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
        region_drivers.region_code,
        region_drivers.leading_driver_code,
        strategies.driver_name as leading_driver,
        strategies.strategy as suggested_strategy,

        ---------- numerics
        cast(region_drivers.exposure_months as integer) as exposure_months,
        cast(region_drivers.cancels as integer) as cancels,
        cast(region_drivers.voluntary_cancels as integer) as voluntary_cancels,
        cast(region_drivers.involuntary_cancels as integer) as involuntary_cancels,
        {{ ratio('region_drivers.involuntary_cancels', 'region_drivers.cancels') }}
            as involuntary_share_rate,
        region_drivers.churn_rate,
        {{ wilson_bound(
            'region_drivers.cancels', 'region_drivers.exposure_months', 'lower'
        ) }}
            as churn_rate_lower,
        {{ wilson_bound(
            'region_drivers.cancels', 'region_drivers.exposure_months', 'upper'
        ) }}
            as churn_rate_upper,
        region_drivers.standardised_churn_rate,
        cast(region_drivers.standard_error as numeric(12, 6))
            as standardised_churn_rate_standard_error,
        cast(
            region_drivers.standardised_churn_rate
            - least(
                {{ z_score() }} * region_drivers.standard_error,
                region_drivers.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_lower,
        cast(
            region_drivers.standardised_churn_rate
            + least(
                {{ z_score() }} * region_drivers.standard_error,
                1 - region_drivers.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_upper,
        cast(coalesce(region_drivers.strata, 0) as integer) as strata,
        cast(coalesce(region_drivers.covered_exposure_rate, 0) as numeric(12, 6))
            as covered_exposure_rate,
        region_drivers.platform_churn_rate,
        cast(region_drivers.excess_rate as numeric(12, 6)) as excess_rate,
        cast(
            region_drivers.tenure_effect + region_drivers.plan_effect as numeric(12, 6)
        ) as mix_effect,
        cast(region_drivers.tenure_effect as numeric(12, 6)) as tenure_effect,
        cast(region_drivers.plan_effect as numeric(12, 6)) as plan_effect,
        cast(region_drivers.voluntary_effect as numeric(12, 6)) as voluntary_effect,
        cast(region_drivers.involuntary_effect as numeric(12, 6)) as involuntary_effect,
        cast(region_drivers.members as integer) as members,
        cast(region_drivers.mrr_usd as numeric(14, 2)) as mrr_usd,
        cast(region_drivers.mrr_usd * region_drivers.churn_rate as numeric(14, 2))
            as mrr_at_risk_usd

    from region_drivers

    left join strategies
        on region_drivers.leading_driver_code = strategies.driver_code

)

select * from final
