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

users as (

    select * from {{ ref('dim_users') }}

),

revenue_by_segment_month as (

    select
        users.channel_code,
        users.region_code,
        {{ month_start('users.first_paid_date') }} as first_paid_month_start_date,
        {{ month_start('payments.billed_date') }} as month_start_date,
        cast(sum(payments.amount_usd) as numeric(14, 2)) as revenue_usd

    from payments

    inner join subscriptions
        on payments.subscription_id = subscriptions.subscription_id

    inner join users
        on subscriptions.user_id = users.user_id

    group by 1, 2, 3, 4

)

select * from revenue_by_segment_month
