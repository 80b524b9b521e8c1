-- A row is a month ahead whose regional forecasts do not add up to that of the
-- platform, though all regions have one and none was stopped at 0.

with

forecasts as (

    select * from {{ ref('agg_member_forecast_by_month') }}

),

regions as (

    select
        month_start_date,
        count(*) as regions,
        sum(forecast_members) as forecast_members,
        sum(origin_members) as origin_members,
        min(forecast_members) as lowest_forecast_members

    from forecasts

    where segment_type = 'region'

    group by 1

),

growth as (

    select count(distinct region_code) as regions

    from {{ ref('agg_platform_growth_by_month') }}

),

platform as (

    select
        month_start_date,
        forecast_members,
        origin_members

    from forecasts

    where segment_type = 'all'

)

select
    platform.month_start_date,
    platform.forecast_members,
    regions.forecast_members as regions_forecast_members

from platform

inner join regions
    on platform.month_start_date = regions.month_start_date

inner join growth
    on regions.regions = growth.regions

where
    regions.lowest_forecast_members > 0
    and (
        platform.forecast_members != regions.forecast_members
        or platform.origin_members != regions.origin_members
    )
