with

countries as (

    select * from {{ ref('stg_reference__countries') }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

final as (

    select

        ---------- strings
        countries.country_code,
        countries.country_name,
        countries.region_code,
        regions.region_name,
        countries.time_zone

    from countries

    inner join regions
        on countries.region_code = regions.region_code

)

select * from final
