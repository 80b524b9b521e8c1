-- A rate holds until the next one: there is none on Sundays.

with

exchange_rates as (

    select * from {{ ref('stg_streaming_app__exchange_rates') }}

    where currency_code != 'USD'

),

dollars as (

    select
        cast('USD' as {{ dbt.type_string() }}) as currency_code,
        cast(1 as numeric(16, 10)) as usd_per_unit,
        cast('0001-01-01' as date) as valid_from_date,
        cast(null as date) as valid_until_date

),

rates_until_the_next as (

    select
        currency_code,
        usd_per_unit,
        rate_date as valid_from_date,
        lead(rate_date) over (
            partition by currency_code order by rate_date
        ) as valid_until_date

    from exchange_rates

),

exchange_rate_periods as (

    select * from dollars

    union all

    select * from rates_until_the_next

)

select * from exchange_rate_periods
