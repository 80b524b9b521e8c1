with

source as (

    select * from {{ ref('countries') }}

),

renamed as (

    select

        ---------- strings
        country_code,
        country_name,
        region_code,
        time_zone

    from source

)

select * from renamed
