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

    select * from {{ ref('int_revenue_by_segment_month') }}

),

channel_months as (

    select
        channels.channel_code,
        months.month_start_date,
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

revenue_of_new_members as (

    select
        channel_code,
        first_paid_month_start_date as month_start_date,
        sum(revenue_usd) as revenue_usd

    from revenue

    group by 1, 2

),

channel_cohorts as (

    select
        channel_months.channel_code,
        channel_months.month_start_date,
        channel_months.is_complete_month,
        cast(coalesce(spend_by_month.spend_usd, 0) as numeric(14, 2)) as spend_usd,
        coalesce(signups_by_month.signups, 0) as signups,
        coalesce(trials_by_month.trials, 0) as trials,
        coalesce(trials_by_month.eligible_trials, 0) as eligible_trials,
        coalesce(trials_by_month.converted_trials, 0) as converted_trials,
        coalesce(gross_adds_by_month.new_members, 0) as new_members,
        coalesce(gross_adds_by_month.returning_members, 0) as returning_members,
        cast(coalesce(revenue_of_new_members.revenue_usd, 0) as numeric(14, 2))
            as revenue_to_date_usd,
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

    left join revenue_of_new_members
        on
            channel_months.channel_code = revenue_of_new_members.channel_code
            and channel_months.month_start_date
            = revenue_of_new_members.month_start_date

)

select * from channel_cohorts
