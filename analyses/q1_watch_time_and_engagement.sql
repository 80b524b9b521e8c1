-- How does watch time vary across users, and which behaviour goes with high or low
-- engagement? The spread of the last complete month, then the signals.

with

distribution as (

    select * from {{ ref('agg_watch_time_distribution') }}

    where is_complete_month

),

last_month as (

    select max(month_start_date) as month_start_date from distribution

),

spread as (

    select
        distribution.month_start_date,
        max(distribution.month_users) as accounts,
        max(distribution.p10_hours) as p10_hours,
        max(distribution.p50_hours) as median_hours,
        max(distribution.p90_hours) as p90_hours,
        sum(case when distribution.bin_number = 1 then distribution.users_share end)
            as idle_share

    from distribution

    inner join last_month
        on distribution.month_start_date = last_month.month_start_date

    group by distribution.month_start_date

),

signals as (

    select * from {{ ref('agg_engagement_signals') }}

)

select
    spread.month_start_date,
    spread.accounts,
    spread.p10_hours,
    spread.median_hours,
    spread.p90_hours,
    spread.idle_share,
    signals.behaviour_name,
    signals.high_engagement_share,
    signals.low_engagement_share,
    signals.retention_difference,
    signals.retention_difference_lower,
    signals.retention_difference_upper,
    signals.standardised_retention_difference

from spread

cross join signals

order by signals.high_engagement_share - signals.low_engagement_share desc
