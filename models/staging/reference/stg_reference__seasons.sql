with

source as (

    select * from {{ ref('seasons') }}

),

renamed as (

    select

        ---------- strings
        season_type,
        season_name,

        ---------- numerics
        season_number

    from source

)

select * from renamed
