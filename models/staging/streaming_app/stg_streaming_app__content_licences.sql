with

source as (

    select * from {{ raw('content_licences') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by content_id, region_code, available_from_date
            order by {{ latest_first('content_licences') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        content_id,

        ---------- strings
        upper(trim(region_code)) as region_code,

        ---------- dates
        available_from_date,
        available_until_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
