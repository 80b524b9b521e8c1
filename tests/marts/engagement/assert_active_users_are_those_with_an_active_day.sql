-- A row is a day and region whose active users, counted afresh from the active days,
-- are not those of the mart. One day in ten is counted.

with

checked_days as (

    select
        region_code,
        date_day,
        daily_active_users,
        weekly_active_users,
        monthly_active_users

    from {{ ref('agg_active_users_by_day') }}

    where extract(day from date_day) in (1, 11, 21)

),

days as (

    select distinct date_day from checked_days

),

user_days as (

    select * from {{ ref('agg_viewing_by_user_day') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

viewed_dates as (

    select distinct viewed_date from user_days

),

-- The days on which an active day counts, paired before there are accounts to each.
windows as (

    select
        days.date_day,
        viewed_dates.viewed_date,
        case
            when days.date_day = viewed_dates.viewed_date then 1
            else 0
        end as is_of_day,
        case
            when
                viewed_dates.viewed_date
                > {{ dbt.dateadd('day', -7, 'days.date_day') }}
                then 1
            else 0
        end as is_of_week

    from days

    inner join viewed_dates
        on
            days.date_day >= viewed_dates.viewed_date
            and {{ dbt.dateadd('day', -28, 'days.date_day') }}
            < viewed_dates.viewed_date

),

active_users as (

    select
        user_days.user_id,
        windows.date_day,
        max(windows.is_of_day) as is_of_day,
        max(windows.is_of_week) as is_of_week

    from user_days

    inner join windows
        on user_days.viewed_date = windows.viewed_date

    where user_days.is_active

    group by 1, 2

),

counted as (

    select
        users.region_code,
        active_users.date_day,
        sum(active_users.is_of_day) as daily_active_users,
        sum(active_users.is_of_week) as weekly_active_users,
        count(*) as monthly_active_users

    from active_users

    inner join users
        on active_users.user_id = users.user_id

    group by 1, 2

)

select
    checked_days.*,
    coalesce(counted.daily_active_users, 0) as counted_daily,
    coalesce(counted.weekly_active_users, 0) as counted_weekly,
    coalesce(counted.monthly_active_users, 0) as counted_monthly

from checked_days

left join counted
    on
        checked_days.region_code = counted.region_code
        and checked_days.date_day = counted.date_day

where
    checked_days.daily_active_users != coalesce(counted.daily_active_users, 0)
    or checked_days.weekly_active_users != coalesce(counted.weekly_active_users, 0)
    or checked_days.monthly_active_users != coalesce(counted.monthly_active_users, 0)
