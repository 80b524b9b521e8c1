with

source as (

    select * from {{ ref('channels') }}

),

renamed as (

    select

        ---------- strings
        channel_code,
        channel_name,

        ---------- booleans
        is_paid

    from source

)

select * from renamed
