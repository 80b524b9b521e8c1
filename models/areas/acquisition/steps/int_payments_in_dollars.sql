-- What was paid by now, the days that it pays for, and what was given back of it.
-- docs/decisions/0057-money.md

with

payments as (

    select * from {{ ref('stg_streaming_app__payments') }}

    where
        status != 'failed'
        and billed_date <= {{ as_of_date() }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_in_spells') }}

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

payments_of_users as (

    select
        payments.*,
        subscriptions.spell_id,
        subscriptions.user_id,
        users.region_code

    from payments

    inner join subscriptions
        on payments.subscription_id = subscriptions.subscription_id

    inner join users
        on subscriptions.user_id = users.user_id

),

payments_with_price as (

    select
        payments_of_users.*,
        coalesce(price_periods.billing_interval, 'month') as billing_interval,
        coalesce(price_periods.billing_interval_count, 1) as billing_interval_count,
        exchange_rates.usd_per_unit

    from payments_of_users

    -- The plan matters where the source does not say which days are paid for.
    left join plan_periods
        on
            payments_of_users.period_from_date is null
            and payments_of_users.spell_id = plan_periods.spell_id
            and {{ holds_on('plan_periods', 'payments_of_users.billed_date') }}

    left join price_periods
        on
            plan_periods.plan_code = price_periods.plan_code
            and payments_of_users.region_code = price_periods.region_code
            and {{ holds_on('price_periods', 'payments_of_users.billed_date') }}

    inner join exchange_rates
        on
            payments_of_users.currency_code = exchange_rates.currency_code
            and {{ holds_on('exchange_rates', 'payments_of_users.billed_date') }}

),

payments_in_dollars as (

    select
        payment_id,
        user_id,
        cast(coalesce(amount_usd, amount * usd_per_unit) as numeric(14, 2))
            as amount_usd,
        cast(refunded_amount * usd_per_unit as numeric(14, 2)) as refunded_part_usd,
        status = 'refunded'
        or refunded_amount is not null
        or refunded_date is not null as is_refunded,
        billed_date,
        coalesce(refunded_date, billed_date) as refunded_date,
        coalesce(period_from_date, billed_date) as period_from_date,
        coalesce(
            period_until_date,
            case
                when billing_interval in ('month', 'year')
                    then {{ month_anniversary(
                        'billed_date',
                        "billing_interval_count"
                        ~ " * case billing_interval when 'year' then 12 else 1 end"
                    ) }}
                else cast(
                    {{ dbt.dateadd(
                        'day',
                        "billing_interval_count"
                        ~ " * case billing_interval when 'week' then 7 else 1 end",
                        'billed_date'
                    ) }} as date
                )
            end
        ) as period_until_date

    from payments_with_price

),

payments_and_refunds_by_now as (

    select
        payment_id,
        user_id,
        amount_usd,
        cast(
            case
                when not is_refunded or refunded_date > {{ as_of_date() }} then 0
                else coalesce(refunded_part_usd, amount_usd)
            end as numeric(14, 2)
        ) as refunded_usd,
        billed_date,
        period_from_date,
        period_until_date,
        case
            when is_refunded and refunded_date <= {{ as_of_date() }} then refunded_date
        end as refunded_date

    from payments_in_dollars

)

select * from payments_and_refunds_by_now
