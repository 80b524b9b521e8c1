with

source as (

    select * from {{ ref('retention_strategies') }}

),

renamed as (

    select

        ---------- strings
        driver_code,
        driver_name,
        strategy

    from source

)

select * from renamed
