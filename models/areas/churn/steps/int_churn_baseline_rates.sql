-- How often members of a tenure band and plan were lost: the plain forecast that a
-- model has to beat. Small groups lean on the platform.
-- docs/decisions/0027-churn-risk.md

{%- set prior_months = integer_var('churn_baseline_prior_months', 1, 100000) %}

with

member_features as (

    select * from {{ ref('fct_churn_features') }}

    where is_lost_next_month is not null

),

tenure_bands as (

    select * from {{ ref('stg_reference__tenure_bands') }}

),

plans as (

    select * from {{ ref('dim_plans') }}

),

platform_rate as (

    select
        {{ ratio(
            'sum(case when is_lost_next_month then 1 else 0 end)',
            'count(*)',
            'numeric(18, 12)'
        ) }} as loss_rate

    from member_features

),

member_groups as (

    select
        tenure_bands.band_label as tenure_band,
        member_features.plan_code,
        count(*) as member_months,
        sum(case when member_features.is_lost_next_month then 1 else 0 end) as losses

    from member_features

    inner join tenure_bands
        on
            member_features.tenure_months >= tenure_bands.from_months
            and member_features.tenure_months < tenure_bands.until_months

    group by 1, 2

),

churn_baseline_rates as (

    select
        tenure_bands.band_label as tenure_band,
        plans.plan_code,
        tenure_bands.from_months,
        tenure_bands.until_months,
        cast(coalesce(member_groups.member_months, 0) as integer) as member_months,
        cast(coalesce(member_groups.losses, 0) as integer) as losses,
        {{ ratio(
            'coalesce(member_groups.losses, 0) + '
            ~ prior_months ~ ' * platform_rate.loss_rate',
            'coalesce(member_groups.member_months, 0) + ' ~ prior_months,
            'numeric(18, 12)',
            digits=12
        ) }} as loss_rate

    from tenure_bands

    cross join plans

    cross join platform_rate

    left join member_groups
        on
            tenure_bands.band_label = member_groups.tenure_band
            and plans.plan_code = member_groups.plan_code

)

select * from churn_baseline_rates
