-- Days that are paid for, with what they earn together. A refund first takes what is
-- not earned yet; what goes beyond that is taken back on the day of the refund.
-- docs/decisions/0057-money.md

with

payments as (

    select * from {{ ref('int_payments_in_dollars') }}

),

payments_until_refund as (

    select
        *,
        case
            when refunded_date is null then period_until_date
            else least(greatest(refunded_date, period_from_date), period_until_date)
        end as earned_until_date

    from payments

),

payments_with_earned as (

    select
        *,
        {{ ratio(
            'amount_usd * '
            ~ dbt.datediff('period_from_date', 'earned_until_date', 'day'),
            dbt.datediff('period_from_date', 'period_until_date', 'day'),
            'numeric(14, 2)'
        ) }} as earned_usd

    from payments_until_refund

),

payments_with_rest as (

    select
        *,
        cast(amount_usd - refunded_usd - earned_usd as numeric(14, 2)) as rest_usd

    from payments_with_earned

),

revenue_spans as (

    select
        payment_id,
        user_id,
        'earned' as span_type,
        earned_usd as amount_usd,
        period_from_date as from_date,
        earned_until_date as until_date

    from payments_with_rest

    where period_from_date < earned_until_date

    union all

    select
        payment_id,
        user_id,
        'left' as span_type,
        rest_usd as amount_usd,
        earned_until_date as from_date,
        period_until_date as until_date

    from payments_with_rest

    where rest_usd > 0

    union all

    select
        payment_id,
        user_id,
        'taken_back' as span_type,
        rest_usd as amount_usd,
        refunded_date as from_date,
        cast({{ dbt.dateadd('day', 1, 'refunded_date') }} as date) as until_date

    from payments_with_rest

    where rest_usd < 0

)

select * from revenue_spans
