{{ config(part=['spell_id']) }}

with

subscriptions as (

    select * from {{ ref('int_subscriptions_in_spells') }}

),

plan_periods as (

    select * from {{ ref('int_plan_periods') }}

),

first_and_last as (

    select
        *,
        coalesce(trial_end_date, started_date) as paid_from_date,
        row_number() over (
            partition by spell_id order by started_date, subscription_id
        ) as place_from_start,
        row_number() over (
            partition by spell_id order by started_date desc, subscription_id desc
        ) as place_from_end

    from subscriptions

),

spells as (

    select
        spell_id,
        user_id,
        spell_number,
        count(*) as subscriptions,
        min(started_date) as started_date,
        min(case when place_from_start = 1 then trial_end_date end) as trial_end_date,
        max(case when place_from_end = 1 then cancel_requested_date end)
            as cancel_requested_date,
        max(case when place_from_end = 1 then end_reason end) as end_reason,
        -- A trial that ended unpaid was no membership: the next subscription's is.
        coalesce(
            min(
                case
                    when ended_date is null or ended_date > paid_from_date
                        then paid_from_date
                end
            ),
            max(paid_from_date)
        ) as paid_from_date,
        -- One subscription that still runs keeps the spell running.
        case when count(*) = count(ended_date) then max(ended_date) end as ended_date

    from first_and_last

    group by 1, 2, 3

),

spells_paid_or_not as (

    select
        *,
        paid_from_date <= {{ as_of_date() }}
        and (ended_date is null or ended_date > paid_from_date) as is_paid

    from spells

),

spells_in_order as (

    select
        *,
        max(case when is_paid then ended_date end) over (
            partition by user_id
            order by spell_number
            rows between unbounded preceding and 1 preceding
        ) as previous_paid_ended_date

    from spells_paid_or_not

),

plans as (

    select
        spell_id,
        plan_code,
        row_number() over (
            partition by spell_id order by valid_from_date
        ) as place_from_start,
        row_number() over (
            partition by spell_id order by valid_from_date desc
        ) as place_from_end

    from plan_periods

),

subscription_spells as (

    select
        spells_in_order.spell_id,
        spells_in_order.user_id,
        first_plans.plan_code as first_plan_code,
        last_plans.plan_code as last_plan_code,
        spells_in_order.end_reason,
        spells_in_order.spell_number,
        cast(spells_in_order.subscriptions as integer) as subscriptions,
        cast(
            case
                when spells_in_order.is_paid then {{ dbt.datediff(
                    'spells_in_order.paid_from_date',
                    'coalesce(spells_in_order.ended_date, ' ~ as_of_date() ~ ')',
                    'day'
                ) }}
            end as integer
        ) as tenure_days,
        case
            when spells_in_order.is_paid then {{ full_months_between(
                'spells_in_order.paid_from_date',
                'coalesce(spells_in_order.ended_date, ' ~ as_of_date() ~ ')'
            ) }}
        end as tenure_months,
        spells_in_order.trial_end_date is not null as has_trial,
        spells_in_order.is_paid,
        spells_in_order.is_paid
        and spells_in_order.previous_paid_ended_date is null as is_first_paid_spell,
        spells_in_order.is_paid
        and spells_in_order.previous_paid_ended_date is not null
        and spells_in_order.paid_from_date < {{ dbt.dateadd(
            'month',
            integer_var('resubscriber_months', 1, 120),
            'spells_in_order.previous_paid_ended_date'
        ) }} as is_resubscription,
        spells_in_order.ended_date is null as is_censored,
        spells_in_order.started_date,
        spells_in_order.trial_end_date,
        spells_in_order.paid_from_date,
        spells_in_order.cancel_requested_date,
        spells_in_order.ended_date

    from spells_in_order

    inner join plans as first_plans
        on
            spells_in_order.spell_id = first_plans.spell_id
            and first_plans.place_from_start = 1

    inner join plans as last_plans
        on
            spells_in_order.spell_id = last_plans.spell_id
            and last_plans.place_from_end = 1

)

select * from subscription_spells
