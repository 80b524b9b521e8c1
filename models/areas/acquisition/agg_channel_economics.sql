-- What a member costs and is worth: docs/decisions/0018-channel-economics.md

{%- set margin = integer_var('gross_margin_percent', 0, 100) ~ ' / 100.0' %}
{%- set horizon_months = integer_var('ltv_horizon_months', 1, 120) %}
{%- set yearly_growth = 1 + integer_var('ltv_annual_discount_percent', 0, 100) / 100 %}
{%- set monthly_discount = yearly_growth ** (-1 / 12) %}

with

channels as (

    select * from {{ ref('dim_channels') }}

),

months as (

    select * from {{ ref('util_months') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

spells as (

    select * from {{ ref('fct_subscriptions') }}

),

campaign_spend as (

    select * from {{ ref('stg_streaming_app__campaign_spend') }}

),

revenue as (

    select * from {{ ref('int_revenue_by_user_month') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

survival as (

    select * from {{ ref('agg_survival_by_segment') }}

    where
        segment_type = 'channel'
        and tenure_month < {{ horizon_months }}

),

channel_months as (

    select
        channels.channel_code,
        months.month_start_date,
        months.previous_month_start_date,
        months.is_complete_month

    from channels

    cross join months

),

spend_by_month as (

    select
        channel_code,
        month_start_date,
        sum(spend_usd) as spend_usd

    from campaign_spend

    group by 1, 2

),

signups_by_month as (

    select
        channel_code,
        signup_month_start_date as month_start_date,
        count(*) as signups

    from users

    group by 1, 2

),

trials_by_month as (

    select
        users.channel_code,
        {{ month_start('spells.started_date') }} as month_start_date,
        count(*) as trials,
        sum(
            case when spells.trial_end_date <= {{ as_of_date() }} then 1 else 0 end
        ) as eligible_trials,
        sum(
            case
                when spells.trial_end_date <= {{ as_of_date() }} and spells.is_paid
                    then 1
                else 0
            end
        ) as converted_trials

    from spells

    inner join users
        on spells.user_id = users.user_id

    where spells.has_trial

    group by 1, 2

),

gross_adds_by_month as (

    select
        users.channel_code,
        {{ month_start('spells.paid_from_date') }} as month_start_date,
        sum(case when spells.is_first_paid_spell then 1 else 0 end) as new_members,
        sum(case when spells.is_first_paid_spell then 0 else 1 end)
            as returning_members

    from spells

    inner join users
        on spells.user_id = users.user_id

    where spells.is_paid

    group by 1, 2

),

revenue_by_cohort as (

    select
        users.channel_code,
        {{ month_start('users.first_paid_date') }} as month_start_date,
        sum(revenue.revenue_usd) as revenue_usd

    from revenue

    inner join users
        on revenue.user_id = users.user_id

    group by 1, 2

),

revenue_by_month as (

    select
        users.channel_code,
        revenue.month_start_date,
        sum(revenue.revenue_usd) as revenue_usd

    from revenue

    inner join users
        on revenue.user_id = users.user_id

    group by 1, 2

),

closing_members as (

    select
        users.channel_code,
        members.month_start_date,
        count(*) as members

    from members

    inner join users
        on members.user_id = users.user_id

    group by 1, 2

),

average_revenue as (

    select
        channel_months.channel_code,
        {{ ratio(
            'sum(coalesce(revenue_by_month.revenue_usd, 0))',
            'sum(coalesce(opening.members, 0) + coalesce(closing.members, 0)) / 2.0',
            'numeric(12, 4)'
        ) }} as arm_usd

    from channel_months

    left join revenue_by_month
        on
            channel_months.channel_code = revenue_by_month.channel_code
            and channel_months.month_start_date = revenue_by_month.month_start_date

    left join closing_members as opening
        on
            channel_months.channel_code = opening.channel_code
            and channel_months.previous_month_start_date = opening.month_start_date

    left join closing_members as closing
        on
            channel_months.channel_code = closing.channel_code
            and channel_months.month_start_date = closing.month_start_date

    where channel_months.is_complete_month

    group by 1

),

survival_by_channel as (

    select
        segment_code as channel_code,
        tenure_month + 1 as months_paid,
        survival_rate,
        survival_rate * cast(
            power(cast({{ monthly_discount }} as double precision), tenure_month)
            as numeric(18, 12)
        ) as discounted_survival_rate

    from survival

),

-- Month t is paid for by those who outlive t full months; months that no spell of the
-- channel has reached yet add nothing. More digits than are published, so that nothing
-- is rounded twice.
lifetime_margins as (

    select
        survival_by_channel.channel_code,
        survival_by_channel.months_paid,
        cast(
            average_revenue.arm_usd * {{ margin }}
            * sum(survival_by_channel.survival_rate) over months_so_far
            as numeric(24, 12)
        ) as margin_usd,
        cast(
            average_revenue.arm_usd * {{ margin }}
            * sum(survival_by_channel.discounted_survival_rate) over months_so_far
            as numeric(24, 12)
        ) as discounted_margin_usd

    from survival_by_channel

    left join average_revenue
        on survival_by_channel.channel_code = average_revenue.channel_code

    window months_so_far as (
        partition by survival_by_channel.channel_code
        order by survival_by_channel.months_paid
        rows between unbounded preceding and current row
    )

),

projections as (

    select
        channel_code,
        max(months_paid) as projected_months,
        max(discounted_margin_usd) as projected_ltv_usd

    from lifetime_margins

    group by 1

),

joined as (

    select
        channel_months.channel_code,
        channel_months.month_start_date,
        channel_months.is_complete_month,
        coalesce(spend_by_month.spend_usd, 0) as spend_usd,
        coalesce(signups_by_month.signups, 0) as signups,
        coalesce(trials_by_month.trials, 0) as trials,
        coalesce(trials_by_month.eligible_trials, 0) as eligible_trials,
        coalesce(trials_by_month.converted_trials, 0) as converted_trials,
        coalesce(gross_adds_by_month.new_members, 0) as new_members,
        coalesce(gross_adds_by_month.returning_members, 0) as returning_members,
        coalesce(revenue_by_cohort.revenue_usd, 0) as revenue_to_date_usd,
        {{ ratio(
            'coalesce(spend_by_month.spend_usd, 0)',
            'coalesce(gross_adds_by_month.new_members, 0)',
            'numeric(12, 4)'
        ) }} as cac_usd

    from channel_months

    left join spend_by_month
        on
            channel_months.channel_code = spend_by_month.channel_code
            and channel_months.month_start_date = spend_by_month.month_start_date

    left join signups_by_month
        on
            channel_months.channel_code = signups_by_month.channel_code
            and channel_months.month_start_date = signups_by_month.month_start_date

    left join trials_by_month
        on
            channel_months.channel_code = trials_by_month.channel_code
            and channel_months.month_start_date = trials_by_month.month_start_date

    left join gross_adds_by_month
        on
            channel_months.channel_code = gross_adds_by_month.channel_code
            and channel_months.month_start_date = gross_adds_by_month.month_start_date

    left join revenue_by_cohort
        on
            channel_months.channel_code = revenue_by_cohort.channel_code
            and channel_months.month_start_date = revenue_by_cohort.month_start_date

),

paybacks as (

    select
        joined.channel_code,
        joined.month_start_date,
        min(lifetime_margins.months_paid) as payback_months

    from joined

    inner join lifetime_margins
        on
            joined.channel_code = lifetime_margins.channel_code
            and joined.cac_usd <= lifetime_margins.margin_usd

    group by 1, 2

),

final as (

    select

        ---------- strings
        joined.channel_code,

        ---------- numerics
        cast(joined.spend_usd as numeric(14, 2)) as spend_usd,
        cast(joined.signups as integer) as signups,
        cast(joined.trials as integer) as trials,
        cast(joined.eligible_trials as integer) as eligible_trials,
        cast(joined.converted_trials as integer) as converted_trials,
        {{ ratio('joined.converted_trials', 'joined.eligible_trials') }}
            as trial_conversion_rate,
        {{ wilson_bound(
            'joined.converted_trials', 'joined.eligible_trials', 'lower'
        ) }} as trial_conversion_rate_lower,
        {{ wilson_bound(
            'joined.converted_trials', 'joined.eligible_trials', 'upper'
        ) }} as trial_conversion_rate_upper,
        cast(joined.new_members as integer) as new_members,
        cast(joined.returning_members as integer) as returning_members,
        joined.cac_usd,
        cast(joined.revenue_to_date_usd as numeric(14, 2)) as revenue_to_date_usd,
        cast(joined.revenue_to_date_usd * {{ margin }} as numeric(14, 4))
            as gross_margin_to_date_usd,
        {{ ratio(
            'joined.revenue_to_date_usd * ' ~ margin,
            'joined.new_members',
            'numeric(12, 4)'
        ) }} as observed_ltv_usd,
        average_revenue.arm_usd,
        cast(projections.projected_months as integer) as projected_months,
        cast(projections.projected_ltv_usd as numeric(12, 4)) as projected_ltv_usd,
        {{ ratio('projections.projected_ltv_usd', 'joined.cac_usd', 'numeric(12, 4)') }}
            as projected_ltv_to_cac_ratio,
        cast(
            case when joined.cac_usd = 0 then 0 else paybacks.payback_months end
            as integer
        ) as payback_months,

        ---------- booleans
        not joined.is_complete_month
        or joined.eligible_trials < joined.trials as is_immature,

        ---------- dates
        joined.month_start_date as cohort_month_start_date

    from joined

    left join average_revenue
        on joined.channel_code = average_revenue.channel_code

    left join projections
        on joined.channel_code = projections.channel_code

    left join paybacks
        on
            joined.channel_code = paybacks.channel_code
            and joined.month_start_date = paybacks.month_start_date

)

select * from final
