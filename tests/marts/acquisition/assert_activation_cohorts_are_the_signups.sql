-- A row is a month whose activation cohorts are not the accounts that signed up in it.

with

cohorts as (

    select
        cohort_month_start_date as month_start_date,
        sum(users) as users

    from {{ ref('agg_activation_by_cohort') }}

    group by 1

),

signups as (

    select
        {{ month_start('signup_date') }} as month_start_date,
        sum(signups) as signups

    from {{ ref('agg_signups_by_day') }}

    group by 1

)

select
    signups.month_start_date,
    signups.signups,
    cohorts.users

from signups

full outer join cohorts
    on signups.month_start_date = cohorts.month_start_date

where coalesce(signups.signups, -1) != coalesce(cohorts.users, -1)
