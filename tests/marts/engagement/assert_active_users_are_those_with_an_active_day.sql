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

user_days as (

    select * from {{ ref('agg_viewing_by_user_day') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

active_days as (

    select
        users.region_code,
        user_days.user_id,
        user_days.viewed_date

    from user_days

    inner join users
        on user_days.user_id = users.user_id

    where user_days.is_active

),

counted as (

    select
        checked_days.region_code,
        checked_days.date_day,
        count(distinct case
            when active_days.viewed_date = checked_days.date_day
                then active_days.user_id
        end) as daily_active_users,
        count(distinct case
            when
                active_days.viewed_date
                > {{ dbt.dateadd('day', -7, 'checked_days.date_day') }}
                then active_days.user_id
        end) as weekly_active_users,
        count(distinct active_days.user_id) as monthly_active_users

    from checked_days

    left join active_days
        on
            checked_days.region_code = active_days.region_code
            and checked_days.date_day >= active_days.viewed_date
            and {{ dbt.dateadd('day', -28, 'checked_days.date_day') }}
            < active_days.viewed_date

    group by 1, 2

)

select
    checked_days.*,
    counted.daily_active_users as counted_daily,
    counted.weekly_active_users as counted_weekly,
    counted.monthly_active_users as counted_monthly

from checked_days

inner join counted
    on
        checked_days.region_code = counted.region_code
        and checked_days.date_day = counted.date_day

where
    checked_days.daily_active_users != counted.daily_active_users
    or checked_days.weekly_active_users != counted.weekly_active_users
    or checked_days.monthly_active_users != counted.monthly_active_users
