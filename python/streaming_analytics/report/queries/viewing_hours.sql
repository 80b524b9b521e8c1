-- When people watch, on their own clock, by region, and ALL for the platform.
select
    coalesce(region_code, 'ALL') as region_code,
    local_weekday,
    local_hour,
    sum(watched_seconds) / 3600.0 as watched_hours,
    sum(watched_seconds) * 1.0 / nullif(
        sum(sum(watched_seconds)) over (partition by coalesce(region_code, 'ALL')), 0
    ) as watched_share
from {{ ref('agg_viewing_by_hour') }}
group by
    grouping sets (
        (region_code, local_weekday, local_hour), (local_weekday, local_hour)
    )
order by region_code, local_weekday, local_hour
