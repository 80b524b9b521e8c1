-- First spells that ended within so many months, over all cohorts that are old enough,
-- and how many of them within three.
with

cohorts as (

    select
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
    months_since,
    sum(eligible_members - retained_members) as losses,
    sum(early_losses) as early_losses
from cohorts
group by months_since
order by months_since
