-- A row is a currency in which a price or payment is, and of which there is no exchange
-- rate on its first day or before: it would count as 0. `streaming load` sets such rows
-- aside.

with

amounts as (

    select
        currency_code,
        valid_from_date as amount_date

    from {{ ref('stg_streaming_app__plan_prices') }}

    union all

    select
        currency_code,
        billed_date as amount_date

    from {{ ref('stg_streaming_app__payments') }}

),

exchange_rates as (

    select
        currency_code,
        min(valid_from_date) as first_date

    from {{ ref('int_exchange_rate_periods') }}

    group by 1

)

select
    amounts.currency_code,
    min(amounts.amount_date) as first_date,
    count(*) as amounts

from amounts

left join exchange_rates
    on
        amounts.currency_code = exchange_rates.currency_code
        and amounts.amount_date >= exchange_rates.first_date

where exchange_rates.currency_code is null

group by 1
