-- Complete months by region, and ALL for the platform.
select
    coalesce(region_code, 'ALL') as region_code,
    month_start_date,
    sum(signups) as signups,
    sum(opening_members) as opening_members,
    sum(gross_adds) as gross_adds,
    sum(cancels) as cancels,
    sum(net_adds) as net_adds,
    sum(closing_members) as closing_members,
    sum(average_members) as average_members,
    sum(closing_mrr_usd) as closing_mrr_usd,
    sum(revenue_usd) as revenue_usd
from {{ ref('agg_platform_growth_by_month') }}
where is_complete_month
group by grouping sets ((region_code, month_start_date), (month_start_date))
order by region_code, month_start_date
