-- Whoever was a member on the closing date before could leave in the month: one trial
-- of a cancel each. A spell that starts and ends inside the month was never at risk.

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

months as (

    select * from {{ ref('util_months') }}

),

tenure_bands as (

    select * from {{ ref('stg_reference__tenure_bands') }}

),

members_at_risk_by_month as (

    select
        members.spell_id,
        members.user_id,
        members.region_code,
        members.plan_code,
        tenure_bands.band_label as tenure_band,
        case when spells.ended_date <= months.month_end_date then spells.end_reason end
            as end_reason,
        members.tenure_months,
        members.monthly_price,
        coalesce(spells.ended_date <= months.month_end_date, false) as is_cancel,
        months.is_complete_month,
        months.month_start_date

    from members

    inner join months
        on members.month_start_date = months.previous_month_start_date

    inner join spells
        on members.spell_id = spells.spell_id

    inner join tenure_bands
        on
            members.tenure_months >= tenure_bands.from_months
            and members.tenure_months < tenure_bands.until_months

)

select * from members_at_risk_by_month
