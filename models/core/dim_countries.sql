with

countries as (

    select * from {{ ref('stg_reference__countries') }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

countries_of_users as (

    select distinct country_code

    from users

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

    inner join countries_of_users
        on countries.country_code = countries_of_users.country_code

)

select * from final
