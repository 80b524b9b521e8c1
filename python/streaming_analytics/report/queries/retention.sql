-- Members still in their first spell, over all cohorts that are old enough.
select
    coalesce(region_code, 'ALL') as region_code,
    months_since,
    sum(eligible_members) as eligible_members,
    sum(retained_members) as retained_members
from {{ ref('agg_retention_by_cohort') }}
where not is_immature
group by grouping sets ((region_code, months_since), (months_since))
order by region_code, months_since
