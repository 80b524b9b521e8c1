{% snapshot plan_prices_history %}

-- depends_on: {{ ref('util_as_of_date') }}

{{ config(
    unique_key=['plan_code', 'region_code', 'valid_from_date'],
    strategy='check',
    check_cols=[
        'monthly_price_usd', 'price_amount', 'currency_code', 'billing_interval',
        'billing_interval_count',
    ],
    updated_at='seen_at',
    hard_deletes='invalidate',
) }}

with

plan_prices as (

    select * from {{ ref('stg_streaming_app__plan_prices') }}

)

select
    plan_code,
    region_code,
    valid_from_date,
    monthly_price_usd,
    price_amount,
    currency_code,
    billing_interval,
    billing_interval_count,
    {{ history_moment() }} as seen_at

from plan_prices

{% endsnapshot %}
