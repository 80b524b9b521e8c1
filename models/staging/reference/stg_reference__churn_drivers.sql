with

source as (

    select * from {{ ref('churn_drivers') }}

),

renamed as (

    select

        ---------- strings
        driver_code,
        driver_name,
        suggested_action

    from source

)

select * from renamed
