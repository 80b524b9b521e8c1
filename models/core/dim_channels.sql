with

channels as (

    select * from {{ ref('stg_reference__channels') }}

),

final as (

    select

        ---------- strings
        channel_code,
        channel_name,

        ---------- booleans
        is_paid

    from channels

)

select * from final
