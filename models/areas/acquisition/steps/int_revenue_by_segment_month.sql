-- Revenue is recognised over the days that were paid for; cash and refunds count on
-- their day. Shares of a payment are rounded from its first day on, so that its months
-- add up to it. docs/decisions/0057-money.md

with

payments as (

    select * from {{ ref('int_payments_in_dollars') }}

),

revenue_spans as (

    select * from {{ ref('int_revenue_spans') }}

),

months as (

    select * from {{ ref('util_months') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

-- Days before the calendar count in its first month.
months_from_the_first_day as (

    select
        month_start_date,
        case
            when lag(month_start_date) over (order by month_start_date) is null
                then cast('0001-01-01' as date)
            else month_start_date
        end as counted_from_date,
        cast({{ dbt.dateadd('day', 1, 'closing_date') }} as date) as counted_until_date

    from months

),

span_days_by_month as (

    select
        revenue_spans.user_id,
        months_from_the_first_day.month_start_date,
        revenue_spans.amount_usd,
        {{ dbt.datediff(
            'revenue_spans.from_date', 'revenue_spans.until_date', 'day'
        ) }} as span_days,
        {{ dbt.datediff(
            'revenue_spans.from_date',
            'greatest(months_from_the_first_day.counted_from_date,'
            ~ ' revenue_spans.from_date)',
            'day'
        ) }} as days_before,
        {{ dbt.datediff(
            'revenue_spans.from_date',
            'least(months_from_the_first_day.counted_until_date,'
            ~ ' revenue_spans.until_date)',
            'day'
        ) }} as days_by_then

    from revenue_spans

    inner join months_from_the_first_day
        on
            revenue_spans.from_date < months_from_the_first_day.counted_until_date
            and revenue_spans.until_date > months_from_the_first_day.counted_from_date

),

amounts_by_user_month as (

    select
        user_id,
        month_start_date,
        {{ ratio('amount_usd * days_by_then', 'span_days', 'numeric(14, 2)') }}
        - {{ ratio('amount_usd * days_before', 'span_days', 'numeric(14, 2)') }}
            as revenue_usd,
        0 as cash_received_usd,
        0 as refunded_usd

    from span_days_by_month

    union all

    select
        user_id,
        {{ month_start('billed_date') }} as month_start_date,
        0 as revenue_usd,
        amount_usd as cash_received_usd,
        0 as refunded_usd

    from payments

    union all

    select
        user_id,
        {{ month_start('refunded_date') }} as month_start_date,
        0 as revenue_usd,
        0 as cash_received_usd,
        refunded_usd

    from payments

    where refunded_date is not null

),

revenue_by_segment_month as (

    select
        users.channel_code,
        users.region_code,
        {{ month_start('users.first_paid_date') }} as first_paid_month_start_date,
        amounts_by_user_month.month_start_date,
        cast(sum(amounts_by_user_month.revenue_usd) as numeric(14, 2)) as revenue_usd,
        cast(sum(amounts_by_user_month.cash_received_usd) as numeric(14, 2))
            as cash_received_usd,
        cast(sum(amounts_by_user_month.refunded_usd) as numeric(14, 2)) as refunded_usd

    from amounts_by_user_month

    inner join users
        on amounts_by_user_month.user_id = users.user_id

    group by 1, 2, 3, 4

)

select * from revenue_by_segment_month
