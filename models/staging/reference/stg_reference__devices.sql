with

source as (

    select * from {{ reference(
        'devices', ['device_code', 'device_name', 'is_big_screen']
    ) }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by device_code
            order by {{ latest_first('devices') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(device_code)) as device_code,
        device_name,

        ---------- booleans
        is_big_screen

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
