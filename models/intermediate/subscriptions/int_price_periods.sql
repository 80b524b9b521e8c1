-- What a plan cost when, and what a month of it is: docs/decisions/0057-money.md

with

plan_prices as (

    select * from {{ ref('stg_streaming_app__plan_prices') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rate_periods') }}

),

-- A price of three months times twelve is the price of three years: exact in decimals,
-- as a month of it need not be.
prices_of_years as (

    select
        plan_code,
        region_code,
        currency_code,
        billing_interval,
        billing_interval_count,
        case
            when price_amount is null then monthly_price_usd * 12
            when billing_interval = 'year' then price_amount
            when billing_interval = 'month' then price_amount * 12
            when billing_interval = 'week' then price_amount * 52
            when billing_interval = 'day' then price_amount * 365.25
        end as price_of_years,
        case when price_amount is null then 1 else billing_interval_count end as years,
        valid_from_date,
        lead(valid_from_date) over (
            partition by plan_code, region_code order by valid_from_date
        ) as valid_until_date

    from plan_prices

),

price_periods as (

    select
        prices_of_years.plan_code,
        prices_of_years.region_code,
        prices_of_years.currency_code,
        prices_of_years.billing_interval,
        prices_of_years.billing_interval_count,
        cast(prices_of_years.price_of_years as numeric(18, 5)) as price_of_years,
        prices_of_years.years,
        -- A currency without a rate is told by a test of its own, and is no dollar.
        {{ monthly_price(
            'prices_of_years.price_of_years',
            'prices_of_years.years',
            'exchange_rates.usd_per_unit'
        ) }} as monthly_price_usd,
        prices_of_years.valid_from_date,
        prices_of_years.valid_until_date

    from prices_of_years

    left join exchange_rates
        on
            prices_of_years.currency_code = exchange_rates.currency_code
            and {{ holds_on('exchange_rates', 'prices_of_years.valid_from_date') }}

)

select * from price_periods
