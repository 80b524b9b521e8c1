with

source as (

    select * from {{ raw('campaign_spend') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by month_start_date, channel_code, region_code
            order by {{ latest_first('campaign_spend') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(channel_code)) as channel_code,
        upper(trim(region_code)) as region_code,

        ---------- numerics
        spend_usd,

        ---------- dates
        month_start_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
