-- What a member costs and is worth: docs/decisions/0018-channel-economics.md

{%- set margin = '%.2f' % (integer_var('gross_margin_percent', 0, 100) / 100) %}

with

cohorts as (

    select * from {{ ref('int_channel_cohorts') }}

),

average_revenue as (

    select * from {{ ref('int_channel_average_revenue') }}

),

lifetime_margins as (

    select * from {{ ref('int_channel_lifetime_margins') }}

),

projections as (

    select
        channel_code,
        max(months_paid) as projected_months,
        max(discounted_margin_usd) as projected_ltv_usd

    from lifetime_margins

    group by 1

),

paybacks as (

    select
        cohorts.channel_code,
        cohorts.month_start_date,
        min(lifetime_margins.months_paid) as payback_months

    from cohorts

    inner join lifetime_margins
        on
            cohorts.channel_code = lifetime_margins.channel_code
            and cohorts.cac_usd <= lifetime_margins.margin_usd

    group by 1, 2

),

final as (

    select

        ---------- strings
        cohorts.channel_code,

        ---------- numerics
        cast(cohorts.spend_usd as numeric(14, 2)) as spend_usd,
        cast(cohorts.signups as integer) as signups,
        cast(cohorts.trials as integer) as trials,
        cast(cohorts.eligible_trials as integer) as eligible_trials,
        cast(cohorts.converted_trials as integer) as converted_trials,
        {{ ratio('cohorts.converted_trials', 'cohorts.eligible_trials') }}
            as trial_conversion_rate,
        {{ wilson_bound(
            'cohorts.converted_trials', 'cohorts.eligible_trials', 'lower'
        ) }} as trial_conversion_rate_lower,
        {{ wilson_bound(
            'cohorts.converted_trials', 'cohorts.eligible_trials', 'upper'
        ) }} as trial_conversion_rate_upper,
        cast(cohorts.new_members as integer) as new_members,
        cast(cohorts.returning_members as integer) as returning_members,
        cohorts.cac_usd,
        cast(cohorts.revenue_to_date_usd as numeric(14, 2)) as revenue_to_date_usd,
        cast(cohorts.revenue_to_date_usd * {{ margin }} as numeric(14, 4))
            as gross_margin_to_date_usd,
        {{ ratio(
            'cohorts.revenue_to_date_usd * ' ~ margin,
            'cohorts.new_members',
            'numeric(12, 4)'
        ) }} as observed_ltv_usd,
        average_revenue.arm_usd,
        cast(projections.projected_months as integer) as projected_months,
        cast(projections.projected_ltv_usd as numeric(12, 4)) as projected_ltv_usd,
        {{ ratio(
            'projections.projected_ltv_usd', 'cohorts.cac_usd', 'numeric(12, 4)'
        ) }} as projected_ltv_to_cac_ratio,
        cast(
            case when cohorts.cac_usd = 0 then 0 else paybacks.payback_months end
            as integer
        ) as payback_months,

        ---------- booleans
        not cohorts.is_complete_month
        or cohorts.eligible_trials < cohorts.trials as is_immature,

        ---------- dates
        cohorts.month_start_date as cohort_month_start_date

    from cohorts

    left join average_revenue
        on cohorts.channel_code = average_revenue.channel_code

    left join projections
        on cohorts.channel_code = projections.channel_code

    left join paybacks
        on
            cohorts.channel_code = paybacks.channel_code
            and cohorts.month_start_date = paybacks.month_start_date

)

select * from final
