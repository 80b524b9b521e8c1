with

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

final as (

    select

        ---------- strings
        region_code,
        region_name

    from regions

)

select * from final
