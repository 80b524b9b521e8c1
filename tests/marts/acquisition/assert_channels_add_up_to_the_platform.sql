-- A row is a month in which the channels do not add up to the platform's sign-ups,
-- gross adds or spend.

with

channels as (

    select
        cohort_month_start_date as month_start_date,
        sum(signups) as signups,
        sum(new_members) as new_members,
        sum(returning_members) as returning_members,
        sum(spend_usd) as spend_usd

    from {{ ref('agg_channel_economics') }}

    group by 1

),

growth as (

    select
        month_start_date,
        sum(signups) as signups

    from {{ ref('agg_platform_growth_by_month') }}

    group by 1

),

churn as (

    select
        month_start_date,
        sum(new_members) as new_members,
        sum(returning_members) as returning_members

    from {{ ref('agg_churn_by_region_month') }}

    group by 1

),

spend as (

    select
        month_start_date,
        sum(spend_usd) as spend_usd

    from {{ ref('stg_streaming_app__campaign_spend') }}

    group by 1

)

select
    growth.month_start_date,
    growth.signups,
    channels.signups as channels_signups,
    churn.new_members,
    channels.new_members as channels_new_members,
    spend.spend_usd,
    channels.spend_usd as channels_spend_usd

from growth

left join channels
    on growth.month_start_date = channels.month_start_date

left join churn
    on growth.month_start_date = churn.month_start_date

left join spend
    on growth.month_start_date = spend.month_start_date

where
    growth.signups != coalesce(channels.signups, -1)
    or churn.new_members != coalesce(channels.new_members, -1)
    or churn.returning_members != coalesce(channels.returning_members, -1)
    or coalesce(spend.spend_usd, 0) != coalesce(channels.spend_usd, -1)
