-- Direct standardisation and the rule for the leading driver:
-- docs/decisions/0015-risk-by-region.md

with

regions as (

    select * from {{ ref('dim_regions') }}

),

months as (

    select * from {{ ref('util_months') }}

),

members_at_risk as (

    select * from {{ ref('int_members_at_risk_by_month') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

strategies as (

    select * from {{ ref('stg_reference__retention_strategies') }}

),

-- Whole months only: each month of the year as often as the others.
ranked_months as (

    select
        month_start_date,
        row_number() over (order by month_start_date desc) as recency_rank

    from months

    where is_complete_month

),

at_risk_in_window as (

    select
        members_at_risk.region_code,
        members_at_risk.tenure_band,
        members_at_risk.plan_code,
        case when members_at_risk.is_cancel then 1 else 0 end as is_cancel,
        case when members_at_risk.end_reason = 'voluntary' then 1 else 0 end
            as is_voluntary,
        case when members_at_risk.end_reason = 'involuntary' then 1 else 0 end
            as is_involuntary

    from members_at_risk

    inner join ranked_months
        on members_at_risk.month_start_date = ranked_months.month_start_date

    where
        ranked_months.recency_rank
        <= {{ integer_var('churn_risk_months', 1, 120) }}

),

platform as (

    select
        count(*) as exposure_months,
        {{ ratio('sum(is_cancel)', 'count(*)', 'numeric(18, 12)') }} as churn_rate,
        {{ ratio('sum(is_voluntary)', 'count(*)', 'numeric(18, 12)') }}
            as voluntary_rate

    from at_risk_in_window

),

region_totals as (

    select
        region_code,
        count(*) as exposure_months,
        sum(is_cancel) as cancels,
        sum(is_voluntary) as voluntary_cancels,
        sum(is_involuntary) as involuntary_cancels

    from at_risk_in_window

    group by 1

),

platform_bands as (

    select
        tenure_band,
        cast(count(*) as numeric(18, 0)) as weight

    from at_risk_in_window

    group by 1

),

region_bands as (

    select
        region_code,
        tenure_band,
        {{ ratio('sum(is_cancel)', 'count(*)', 'numeric(18, 12)') }} as churn_rate

    from at_risk_in_window

    group by 1, 2

),

-- A band or stratum without members of the region has no rate: it is left out and the
-- weights of the others are scaled up.
standardised_for_tenure as (

    select
        region_bands.region_code,
        sum(platform_bands.weight * region_bands.churn_rate)
        / sum(platform_bands.weight) as churn_rate

    from region_bands

    inner join platform_bands
        on region_bands.tenure_band = platform_bands.tenure_band

    group by 1

),

platform_strata as (

    select
        tenure_band,
        plan_code,
        cast(count(*) as numeric(18, 0)) as weight

    from at_risk_in_window

    group by 1, 2

),

region_strata as (

    select
        region_code,
        tenure_band,
        plan_code,
        count(*) as exposure_months,
        {{ ratio('sum(is_cancel)', 'count(*)', 'numeric(18, 12)') }} as churn_rate,
        {{ ratio('sum(is_voluntary)', 'count(*)', 'numeric(18, 12)') }}
            as voluntary_rate

    from at_risk_in_window

    group by 1, 2, 3

),

standardised as (

    select
        region_strata.region_code,
        count(*) as strata,
        sum(platform_strata.weight) as covered_weight,
        sum(platform_strata.weight * region_strata.churn_rate)
        / sum(platform_strata.weight) as churn_rate,
        sum(platform_strata.weight * region_strata.voluntary_rate)
        / sum(platform_strata.weight) as voluntary_rate,
        sqrt(
            cast(
                sum(
                    platform_strata.weight * platform_strata.weight
                    * region_strata.churn_rate * (1 - region_strata.churn_rate)
                    / region_strata.exposure_months
                ) as double precision
            )
        ) / cast(sum(platform_strata.weight) as double precision) as standard_error

    from region_strata

    inner join platform_strata
        on
            region_strata.tenure_band = platform_strata.tenure_band
            and region_strata.plan_code = platform_strata.plan_code

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

compared as (

    select
        regions.region_code,
        coalesce(region_totals.exposure_months, 0) as exposure_months,
        coalesce(region_totals.cancels, 0) as cancels,
        coalesce(region_totals.voluntary_cancels, 0) as voluntary_cancels,
        coalesce(region_totals.involuntary_cancels, 0) as involuntary_cancels,
        {{ ratio('region_totals.cancels', 'region_totals.exposure_months') }}
            as churn_rate,
        cast(platform.churn_rate as numeric(12, 6)) as platform_churn_rate,
        cast(platform.voluntary_rate as numeric(12, 6)) as platform_voluntary_rate,
        cast(standardised_for_tenure.churn_rate as numeric(12, 6))
            as tenure_standardised_rate,
        cast(standardised.churn_rate as numeric(12, 6)) as standardised_churn_rate,
        cast(standardised.voluntary_rate as numeric(12, 6))
            as standardised_voluntary_rate,
        standardised.standard_error,
        standardised.strata,
        {{ ratio('standardised.covered_weight', 'platform.exposure_months') }}
            as covered_exposure_rate,
        coalesce(current_members.members, 0) as members,
        coalesce(current_members.mrr_usd, 0) as mrr_usd

    from regions

    cross join platform

    left join region_totals
        on regions.region_code = region_totals.region_code

    left join standardised_for_tenure
        on regions.region_code = standardised_for_tenure.region_code

    left join standardised
        on regions.region_code = standardised.region_code

    left join current_members
        on regions.region_code = current_members.region_code

),

-- Of rounded rates, so that the effects add up to the excess to the last digit.
with_effects as (

    select
        *,
        churn_rate - platform_churn_rate as excess_rate,
        churn_rate - tenure_standardised_rate as tenure_effect,
        tenure_standardised_rate - standardised_churn_rate as plan_effect,
        standardised_voluntary_rate - platform_voluntary_rate as voluntary_effect,
        (standardised_churn_rate - standardised_voluntary_rate)
        - (platform_churn_rate - platform_voluntary_rate) as involuntary_effect

    from compared

),

with_leading_driver as (

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

    from with_effects

),

final as (

    select

        ---------- strings
        with_leading_driver.region_code,
        with_leading_driver.leading_driver_code,
        strategies.driver_name as leading_driver,
        strategies.strategy as suggested_strategy,

        ---------- numerics
        cast(with_leading_driver.exposure_months as integer) as exposure_months,
        cast(with_leading_driver.cancels as integer) as cancels,
        cast(with_leading_driver.voluntary_cancels as integer) as voluntary_cancels,
        cast(with_leading_driver.involuntary_cancels as integer)
            as involuntary_cancels,
        {{ ratio(
            'with_leading_driver.involuntary_cancels', 'with_leading_driver.cancels'
        ) }} as involuntary_share_rate,
        with_leading_driver.churn_rate,
        {{ wilson_bound(
            'with_leading_driver.cancels',
            'with_leading_driver.exposure_months',
            'lower'
        ) }} as churn_rate_lower,
        {{ wilson_bound(
            'with_leading_driver.cancels',
            'with_leading_driver.exposure_months',
            'upper'
        ) }} as churn_rate_upper,
        with_leading_driver.standardised_churn_rate,
        cast(with_leading_driver.standard_error as numeric(12, 6))
            as standardised_churn_rate_standard_error,
        cast(
            with_leading_driver.standardised_churn_rate
            - least(
                {{ z_score() }} * with_leading_driver.standard_error,
                with_leading_driver.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_lower,
        cast(
            with_leading_driver.standardised_churn_rate
            + least(
                {{ z_score() }} * with_leading_driver.standard_error,
                1 - with_leading_driver.standardised_churn_rate
            ) as numeric(12, 6)
        ) as standardised_churn_rate_upper,
        cast(coalesce(with_leading_driver.strata, 0) as integer) as strata,
        cast(coalesce(with_leading_driver.covered_exposure_rate, 0) as numeric(12, 6))
            as covered_exposure_rate,
        with_leading_driver.platform_churn_rate,
        cast(with_leading_driver.excess_rate as numeric(12, 6)) as excess_rate,
        cast(
            with_leading_driver.tenure_effect + with_leading_driver.plan_effect
            as numeric(12, 6)
        ) as mix_effect,
        cast(with_leading_driver.tenure_effect as numeric(12, 6)) as tenure_effect,
        cast(with_leading_driver.plan_effect as numeric(12, 6)) as plan_effect,
        cast(with_leading_driver.voluntary_effect as numeric(12, 6))
            as voluntary_effect,
        cast(with_leading_driver.involuntary_effect as numeric(12, 6))
            as involuntary_effect,
        cast(with_leading_driver.members as integer) as members,
        cast(with_leading_driver.mrr_usd as numeric(14, 2)) as mrr_usd,
        cast(
            with_leading_driver.mrr_usd * with_leading_driver.churn_rate
            as numeric(14, 2)
        ) as mrr_at_risk_usd

    from with_leading_driver

    left join strategies
        on with_leading_driver.leading_driver_code = strategies.driver_code

)

select * from final
