with

source as (

    select * from {{ ref('devices') }}

),

renamed as (

    select

        ---------- strings
        device_code,
        device_name,

        ---------- booleans
        is_big_screen

    from source

)

select * from renamed
