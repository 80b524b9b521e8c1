-- A row is a region and month whose cohort is not the members who were new in it.

with

cohorts as (

    select
        region_code,
        cohort_month_start_date as month_start_date,
        cohort_members

    from {{ ref('agg_retention_by_cohort') }}

    where months_since = 0

),

churn as (

    select
        region_code,
        month_start_date,
        new_members

    from {{ ref('agg_churn_by_region_month') }}

)

select
    churn.region_code,
    churn.month_start_date,
    churn.new_members,
    cohorts.cohort_members

from churn

full outer join cohorts
    on
        churn.region_code = cohorts.region_code
        and churn.month_start_date = cohorts.month_start_date

where coalesce(churn.new_members, -1) != coalesce(cohorts.cohort_members, 0)
