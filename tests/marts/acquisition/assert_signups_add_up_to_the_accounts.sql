-- A row is a region and month in which the sign-ups by day, or the sign-ups of the
-- platform's growth, are not the accounts that signed up.

with

accounts as (

    select
        region_code,
        signup_month_start_date as month_start_date,
        count(*) as signups

    from {{ ref('dim_users') }}

    group by 1, 2

),

days as (

    select
        region_code,
        {{ month_start('signup_date') }} as month_start_date,
        sum(signups) as signups

    from {{ ref('agg_signups_by_day') }}

    group by 1, 2

),

growth as (

    select
        region_code,
        month_start_date,
        signups

    from {{ ref('agg_platform_growth_by_month') }}

)

select
    growth.region_code,
    growth.month_start_date,
    growth.signups,
    days.signups as signups_by_day,
    accounts.signups as accounts

from growth

full outer join days
    on
        growth.region_code = days.region_code
        and growth.month_start_date = days.month_start_date

full outer join accounts
    on
        growth.region_code = accounts.region_code
        and growth.month_start_date = accounts.month_start_date

where
    coalesce(growth.signups, -1) != coalesce(days.signups, 0)
    or coalesce(growth.signups, -1) != coalesce(accounts.signups, 0)
