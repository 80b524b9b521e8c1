-- Which plan a spell was on, and when. Of several changes on one day the last holds.

with

subscriptions as (

    select * from {{ ref('int_subscriptions_in_spells') }}

),

plan_changes as (

    select * from {{ ref('stg_streaming_app__plan_changes') }}

),

first_plans as (

    select
        spell_id,
        subscription_id,
        plan_code,
        started_date as valid_from_date,
        started_date,
        0 as sequence_number

    from subscriptions

),

later_plans as (

    select
        subscriptions.spell_id,
        subscriptions.subscription_id,
        plan_changes.plan_code,
        plan_changes.changed_date as valid_from_date,
        subscriptions.started_date,
        plan_changes.sequence_number

    from plan_changes

    inner join subscriptions
        on plan_changes.subscription_id = subscriptions.subscription_id

    where plan_changes.changed_date <= {{ as_of_date() }}

),

plans_of_spells as (

    select * from first_plans

    union all

    select * from later_plans

),

plans_by_recency as (

    select
        *,
        row_number() over (
            partition by spell_id, valid_from_date
            order by started_date desc, subscription_id desc, sequence_number desc
        ) as recency_rank

    from plans_of_spells

),

plan_periods as (

    select
        spell_id,
        plan_code,
        valid_from_date,
        lead(valid_from_date) over (
            partition by spell_id order by valid_from_date
        ) as valid_until_date

    from plans_by_recency

    where recency_rank = 1

)

select * from plan_periods
