with

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

final as (

    select

        ---------- ids
        spell_id,
        user_id,

        ---------- strings
        first_plan_code,
        last_plan_code,
        end_reason,

        ---------- numerics
        spell_number,
        subscriptions,
        tenure_days,
        tenure_months,

        ---------- booleans
        has_trial,
        is_paid,
        is_first_paid_spell,
        is_resubscription,
        is_censored,

        ---------- dates
        started_date,
        trial_end_date,
        paid_from_date,
        cancel_requested_date,
        ended_date

    from spells

)

select * from final
