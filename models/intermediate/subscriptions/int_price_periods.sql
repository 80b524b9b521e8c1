with

plan_prices as (

    select * from {{ ref('stg_streaming_app__plan_prices') }}

),

price_periods as (

    select
        plan_code,
        region_code,
        monthly_price_usd,
        valid_from_date,
        lead(valid_from_date) over (
            partition by plan_code, region_code order by valid_from_date
        ) as valid_until_date

    from plan_prices

)

select * from price_periods
