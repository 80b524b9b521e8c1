{{ config(part=['user_id', 'month_start_date']) }}

-- Paid members on each month's closing date, with the price of the plan they are on.
-- Trials do not count, and neither does a spell that starts and ends inside the month.

with

spells as (

    select * from {{ ref('int_subscription_spells') }}

    where is_paid

),

months as (

    select * from {{ ref('util_months') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

plan_periods as (

    select * from {{ ref('int_plan_periods') }}

),

price_periods as (

    select * from {{ ref('int_price_periods') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rate_periods') }}

),

spells_spined_by_month as (

    select
        spells.spell_id,
        spells.user_id,
        spells.spell_number,
        spells.paid_from_date,
        months.month_start_date,
        months.closing_date

    from spells

    inner join months
        on
            spells.paid_from_date <= months.closing_date
            and (
                spells.ended_date is null or spells.ended_date > months.closing_date
            )

),

members_by_month as (

    select
        spells_spined_by_month.spell_id,
        spells_spined_by_month.user_id,
        users.region_code,
        plan_periods.plan_code,
        spells_spined_by_month.spell_number,
        {{ full_months_between(
            'spells_spined_by_month.paid_from_date',
            'spells_spined_by_month.closing_date'
        ) }} as tenure_months,
        price_periods.currency_code,
        {{ ratio(
            'price_periods.price_of_years', 'price_periods.years * 12', 'numeric(18, 4)'
        ) }} as monthly_price,
        cast(coalesce(price_periods.monthly_price_usd, 0) as numeric(12, 2))
            as constant_rate_monthly_price_usd,
        cast(
            coalesce(
                {{ monthly_price(
                    'price_periods.price_of_years',
                    'price_periods.years',
                    'exchange_rates.usd_per_unit'
                ) }},
                0
            ) as numeric(12, 2)
        ) as monthly_price_usd,
        spells_spined_by_month.month_start_date

    from spells_spined_by_month

    inner join users
        on spells_spined_by_month.user_id = users.user_id

    inner join plan_periods
        on
            spells_spined_by_month.spell_id = plan_periods.spell_id
            and {{ holds_on('plan_periods', 'spells_spined_by_month.closing_date') }}

    -- A member whose price nobody delivered is a member, who brings no revenue.
    left join price_periods
        on
            plan_periods.plan_code = price_periods.plan_code
            and users.region_code = price_periods.region_code
            and {{ holds_on('price_periods', 'spells_spined_by_month.closing_date') }}

    left join exchange_rates
        on
            price_periods.currency_code = exchange_rates.currency_code
            and {{ holds_on('exchange_rates', 'spells_spined_by_month.closing_date') }}

)

select * from members_by_month
