with

source as (

    select * from {{ raw('exchange_rates') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by currency_code, rate_date
            order by {{ latest_first('exchange_rates') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        upper(trim(currency_code)) as currency_code,

        ---------- numerics
        usd_per_unit,

        ---------- dates
        rate_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
