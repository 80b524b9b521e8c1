with

source as (

    select * from {{ reference('regions', ['region_code', 'region_name']) }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by region_code
            order by {{ latest_first('regions') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        upper(trim(region_code)) as region_code,
        region_name

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
