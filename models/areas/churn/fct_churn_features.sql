-- What is known of a member on a closing date, and whether the next month lost them:
-- docs/decisions/0027-churn-risk.md

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

months as (

    select * from {{ ref('util_months') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

viewing as (

    select * from {{ ref('int_viewing_by_member_month') }}

),

earlier_prices as (

    select
        *,
        lag(plan_code, 1) over (
            partition by spell_id order by month_start_date
        ) as plan_code_1,
        lag(plan_code, 2) over (
            partition by spell_id order by month_start_date
        ) as plan_code_2,
        lag(monthly_price, 1) over (
            partition by spell_id order by month_start_date
        ) as monthly_price_1,
        lag(monthly_price, 2) over (
            partition by spell_id order by month_start_date
        ) as monthly_price_2

    from members

),

-- Whoever has asked to leave by the closing date has decided: that is not predicted.
undecided_members as (

    select
        earlier_prices.user_id,
        earlier_prices.region_code,
        users.channel_code,
        earlier_prices.plan_code,
        earlier_prices.tenure_months,
        earlier_prices.spell_number > 1 as is_returned,
        coalesce(
            earlier_prices.plan_code = earlier_prices.plan_code_1
            and earlier_prices.monthly_price
            > earlier_prices.monthly_price_1,
            false
        )
        or coalesce(
            earlier_prices.plan_code = earlier_prices.plan_code_2
            and earlier_prices.monthly_price
            > earlier_prices.monthly_price_2,
            false
        ) as has_price_rise,
        -- Asked to leave, or ended without asking, in the month after this one.
        case
            when next_months.is_complete_month
                then
                    coalesce(
                        least(spells.cancel_requested_date, spells.ended_date)
                        <= next_months.month_end_date,
                        false
                    )
        end as is_lost_next_month,
        earlier_prices.month_start_date,
        months.closing_date

    from earlier_prices

    inner join months
        on earlier_prices.month_start_date = months.month_start_date

    inner join spells
        on earlier_prices.spell_id = spells.spell_id

    inner join users
        on earlier_prices.user_id = users.user_id

    left join months as next_months
        on
            earlier_prices.month_start_date
            = next_months.previous_month_start_date

    where
        spells.cancel_requested_date is null
        or spells.cancel_requested_date > months.closing_date

),

-- Per day with access, so that a member of two weeks compares with one of two years.
members_and_viewing as (

    select
        undecided_members.user_id,
        undecided_members.region_code,
        undecided_members.channel_code,
        undecided_members.plan_code,
        undecided_members.tenure_months,
        undecided_members.is_returned,
        undecided_members.has_price_rise,
        undecided_members.is_lost_next_month,
        undecided_members.month_start_date,
        undecided_members.closing_date,
        {{ ratio('viewing.recent_seconds', '3600.0 * viewing.recent_days') }}
            as recent_hours_per_day,
        {{ ratio('viewing.earlier_seconds', '3600.0 * viewing.earlier_days') }}
            as earlier_hours_per_day,
        {{ ratio('viewing.recent_active_days', 'viewing.recent_days') }}
            as active_day_rate,
        {{ ratio(
            'viewing.recent_finished_views + 1.6', 'viewing.recent_measured_views + 2'
        ) }}
            as finished_view_rate,
        viewing.days_since_view,
        viewing.recent_active_days = 0 as is_dormant

    from undecided_members

    inner join viewing
        on
            undecided_members.user_id = viewing.user_id
            and undecided_members.month_start_date = viewing.month_start_date

),

-- Three minutes a day are added before a logarithm, so that none and little are near.
members_and_logarithms as (

    select
        *,
        ln(cast(tenure_months + 1 as {{ type_double() }})) as log_tenure_months,
        ln(cast(recent_hours_per_day + 0.05 as {{ type_double() }}))
            as log_recent_hours,
        ln(
            cast(
                coalesce(earlier_hours_per_day, recent_hours_per_day) + 0.05
                as {{ type_double() }}
            )
        ) as log_earlier_hours,
        ln(cast(days_since_view + 1 as {{ type_double() }})) as log_days_since_view

    from members_and_viewing

),

final as (

    select

        ---------- ids
        user_id,

        ---------- strings
        region_code,
        channel_code,
        plan_code,

        ---------- numerics
        tenure_months,
        recent_hours_per_day,
        earlier_hours_per_day,
        days_since_view,
        cast(log_tenure_months as numeric(12, 6)) as log_tenure_months,
        cast(log_recent_hours as numeric(12, 6)) as log_recent_hours,
        cast(log_recent_hours - log_earlier_hours as numeric(12, 6))
            as log_hours_change,
        active_day_rate,
        cast(log_days_since_view as numeric(12, 6)) as log_days_since_view,
        finished_view_rate,

        ---------- booleans
        is_dormant,
        is_returned,
        has_price_rise,
        is_lost_next_month,

        ---------- dates
        month_start_date,
        closing_date

    from members_and_logarithms

)

select * from final
