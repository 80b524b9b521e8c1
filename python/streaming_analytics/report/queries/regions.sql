-- Regions in which anything ever happened.
select
    regions.region_code,
    regions.region_name
from {{ ref('dim_regions') }} as regions
where
    exists (
        select 1
        from {{ ref('agg_platform_growth_by_month') }} as growth
        where
            growth.region_code = regions.region_code
            and (growth.signups > 0 or growth.closing_members > 0)
    )
order by regions.region_code
