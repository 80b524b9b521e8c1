with

source as (

    select * from {{ ref('behaviours') }}

),

renamed as (

    select

        ---------- strings
        behaviour_code,
        behaviour_name

    from source

)

select * from renamed
