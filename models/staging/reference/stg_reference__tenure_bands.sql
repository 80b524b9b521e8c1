with

source as (

    select * from {{ ref('tenure_bands') }}

),

renamed as (

    select

        ---------- strings
        band_label,

        ---------- numerics
        band_number,
        from_months,
        until_months

    from source

)

select * from renamed
