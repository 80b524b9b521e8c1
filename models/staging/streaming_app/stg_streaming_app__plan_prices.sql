with

source as (

    select * from {{ raw('plan_prices') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by plan_code, region_code, valid_from_date
            order by {{ latest_first('plan_prices') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(plan_code)) as plan_code,
        upper(trim(region_code)) as region_code,
        coalesce(upper(trim(currency_code)), 'USD') as currency_code,
        coalesce(lower(trim(billing_interval)), 'month') as billing_interval,

        ---------- numerics
        monthly_price_usd,
        price_amount,
        coalesce(billing_interval_count, 1) as billing_interval_count,

        ---------- dates
        valid_from_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
