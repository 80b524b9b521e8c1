-- Members still in their first spell, over all cohorts that are old enough; of those
-- who are not, how many had left within three months.
with

cohorts as (

    select
        region_code,
        months_since,
        eligible_members,
        retained_members,
        max(
            case when months_since = 3 then eligible_members - retained_members end
        ) over (partition by region_code, cohort_month_start_date) as early_losses

    from {{ ref('agg_retention_by_cohort') }}

    where not is_immature

)

select
    coalesce(region_code, 'ALL') as region_code,
    months_since,
    sum(eligible_members) as eligible_members,
    sum(retained_members) as retained_members,
    sum(early_losses) as early_losses
from cohorts
group by grouping sets ((region_code, months_since), (months_since))
order by region_code, months_since
