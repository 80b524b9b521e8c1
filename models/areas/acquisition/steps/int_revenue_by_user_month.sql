with

payments as (

    select * from {{ ref('stg_streaming_app__payments') }}

    where
        status = 'paid'
        and billed_date <= {{ as_of_date() }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_in_spells') }}

),

revenue_by_user_month as (

    select
        subscriptions.user_id,
        {{ month_start('payments.billed_date') }} as month_start_date,
        cast(sum(payments.amount_usd) as numeric(14, 2)) as revenue_usd

    from payments

    inner join subscriptions
        on payments.subscription_id = subscriptions.subscription_id

    group by 1, 2

)

select * from revenue_by_user_month
