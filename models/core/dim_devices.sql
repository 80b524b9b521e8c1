with

devices as (

    select * from {{ ref('stg_reference__devices') }}

),

final as (

    select

        ---------- strings
        device_code,
        device_name,

        ---------- booleans
        is_big_screen

    from devices

)

select * from final
