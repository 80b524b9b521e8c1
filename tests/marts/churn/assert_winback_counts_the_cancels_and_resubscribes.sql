-- A row is a month with other cancels than the churn of the platform, or one whose
-- returns within `resubscriber_months` are not its resubscribes.

{%- set resubscriber_months = integer_var('resubscriber_months', 1, 120) %}

with

winback as (

    select * from {{ ref('agg_winback_by_month') }}

),

churn as (

    select
        month_start_date,
        sum(cancels) as cancels

    from {{ ref('agg_churn_by_region_month') }}

    group by 1

),

spells as (

    select
        user_id,
        is_resubscription,
        lag(ended_date) over (
            partition by user_id order by paid_from_date
        ) as previous_ended_date

    from {{ ref('fct_subscriptions') }}

    where is_paid

),

resubscribes as (

    select
        {{ month_start('previous_ended_date') }} as month_start_date,
        count(*) as resubscribes

    from spells

    where is_resubscription

    group by 1

)

select
    winback.cancel_month_start_date,
    winback.cancels,
    churn.cancels as churn_cancels,
    winback.returned_cancels,
    resubscribes.resubscribes

from winback

left join churn
    on winback.cancel_month_start_date = churn.month_start_date

left join resubscribes
    on winback.cancel_month_start_date = resubscribes.month_start_date

where
    winback.cancels != coalesce(churn.cancels, 0)
    or (
        winback.months_since = {{ resubscriber_months }}
        and not winback.is_immature
        and winback.returned_cancels != coalesce(resubscribes.resubscribes, 0)
    )
