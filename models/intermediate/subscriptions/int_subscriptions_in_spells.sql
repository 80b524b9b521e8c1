-- A subscription that starts within the grace after the one before continues its spell:
-- a card that was renewed late is not a churn. docs/decisions/0005-churn-and-spells.md

with

subscriptions as (

    select * from {{ ref('stg_streaming_app__subscriptions') }}

),

-- What lies after the last day of the data has not happened yet.
subscriptions_known_by_now as (

    select
        subscription_id,
        user_id,
        plan_code,
        started_date,
        trial_end_date,
        case
            when cancel_requested_date <= {{ as_of_date() }} then cancel_requested_date
        end as cancel_requested_date,
        case when ended_date <= {{ as_of_date() }} then ended_date end as ended_date,
        case when ended_date <= {{ as_of_date() }} then end_reason end as end_reason

    from subscriptions

    where started_date <= {{ as_of_date() }}

),

subscriptions_after_previous as (

    select
        *,
        max(coalesce(ended_date, cast('9999-12-31' as date))) over (
            partition by user_id
            order by started_date, subscription_id
            rows between unbounded preceding and 1 preceding
        ) as previous_ended_date

    from subscriptions_known_by_now

),

spell_starts as (

    select
        *,
        case
            when previous_ended_date is null then 1
            when
                {{ dbt.datediff('previous_ended_date', 'started_date', 'day') }}
                >= {{ integer_var('churn_grace_days', 0, 90) }}
                then 1
            else 0
        end as is_spell_start

    from subscriptions_after_previous

),

subscriptions_by_spell as (

    select
        *,
        cast(
            sum(is_spell_start) over (
                partition by user_id
                order by started_date, subscription_id
                rows between unbounded preceding and current row
            ) as integer
        ) as spell_number

    from spell_starts

),

subscriptions_in_spells as (

    select
        subscription_id,
        {{ dbt.concat([
            'user_id', "'-'", 'cast(spell_number as ' ~ dbt.type_string() ~ ')'
        ]) }} as spell_id,
        user_id,
        plan_code,
        end_reason,
        spell_number,
        started_date,
        trial_end_date,
        cancel_requested_date,
        ended_date

    from subscriptions_by_spell

)

select * from subscriptions_in_spells
