{{ config(group='acquisition') }}

-- A row is a region whose recognised revenue is not, to the cent, cash less refunds of
-- the days that have passed: the whole of them where they have passed.

{%- set day_after = dbt.dateadd('day', 1, as_of_date()) %}

with

payments as (

    select * from {{ ref('int_payments_in_dollars') }}

),

revenue_spans as (

    select * from {{ ref('int_revenue_spans') }}

),

growth as (

    select
        region_code,
        sum(revenue_usd) as revenue_usd,
        sum(cash_received_usd - refunded_usd) as cash_usd

    from {{ ref('agg_platform_growth_by_month') }}

    group by 1

),

users as (

    select * from {{ ref('int_users_located') }}

),

spans_of_payments as (

    select
        payment_id,
        sum(amount_usd) as amount_usd,
        sum(
            case
                when until_date <= {{ as_of_date() }} then amount_usd
                when from_date > {{ as_of_date() }} then 0
                else cast(
                    amount_usd
                    * {{ dbt.datediff('from_date', day_after, 'day') }}
                    / {{ dbt.datediff('from_date', 'until_date', 'day') }}
                    as numeric(14, 2)
                )
            end
        ) as earned_usd

    from revenue_spans

    group by 1

),

payments_of_regions as (

    select
        users.region_code,
        sum(payments.amount_usd - payments.refunded_usd) as cash_usd,
        sum(coalesce(spans_of_payments.amount_usd, 0)) as spans_usd,
        sum(coalesce(spans_of_payments.earned_usd, 0)) as earned_usd

    from payments

    inner join users
        on payments.user_id = users.user_id

    left join spans_of_payments
        on payments.payment_id = spans_of_payments.payment_id

    group by 1

)

select
    growth.region_code,
    growth.revenue_usd,
    growth.cash_usd,
    payments_of_regions.earned_usd,
    payments_of_regions.spans_usd

from growth

inner join payments_of_regions
    on growth.region_code = payments_of_regions.region_code

where
    growth.revenue_usd != payments_of_regions.earned_usd
    or growth.cash_usd != payments_of_regions.cash_usd
    or payments_of_regions.spans_usd != payments_of_regions.cash_usd
