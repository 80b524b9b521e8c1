with

source as (

    select * from {{ reference(
        'countries', ['country_code', 'country_name', 'region_code', 'time_zone']
    ) }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by country_code
            order by {{ latest_first('countries') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        upper(trim(country_code)) as country_code,
        country_name,
        upper(trim(region_code)) as region_code,
        time_zone

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
