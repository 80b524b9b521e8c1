with

source as (

    select * from {{ ref('churn_features') }}

),

renamed as (

    select

        ---------- strings
        column_name,
        driver_code

    from source

)

select * from renamed
