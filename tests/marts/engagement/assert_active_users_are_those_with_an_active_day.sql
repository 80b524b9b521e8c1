-- A row is a day and region whose active users, counted afresh from the active days,
-- are not those of the mart. The users of a week and of a month are counted on every
-- 28th day, so that each active day counts in one month.

with

active_days as (

    select * from {{ ref('agg_viewing_by_user_day') }}

    where is_active

),

users as (

    select * from {{ ref('dim_users') }}

),

users_of_days as (

    select
        users.region_code,
        active_days.viewed_date,
        count(*) as daily_active_users

    from active_days

    inner join users
        on active_days.user_id = users.user_id

    group by 1, 2

),

checked_days as (

    select distinct date_day

    from {{ ref('agg_active_users_by_day') }}

    where mod({{ dbt.datediff('date_day', as_of_date(), 'day') }}, 28) = 0

),

viewed_dates as (

    select distinct viewed_date from users_of_days

),

-- The days on which an active day counts, paired before there are accounts to each.
windows as (

    select
        checked_days.date_day,
        viewed_dates.viewed_date,
        case
            when
                viewed_dates.viewed_date
                > {{ dbt.dateadd('day', -7, 'checked_days.date_day') }}
                then 1
            else 0
        end as is_of_week

    from checked_days

    inner join viewed_dates
        on
            checked_days.date_day >= viewed_dates.viewed_date
            and {{ dbt.dateadd('day', -28, 'checked_days.date_day') }}
            < viewed_dates.viewed_date

),

-- The tables are named again: steps that are read twice PostgreSQL would write down.
active_days_again as (

    select * from {{ ref('agg_viewing_by_user_day') }}

    where is_active

),

users_again as (

    select * from {{ ref('dim_users') }}

),

users_of_windows as (

    select
        active_days_again.user_id,
        windows.date_day,
        max(windows.is_of_week) as is_of_week

    from active_days_again

    inner join windows
        on active_days_again.viewed_date = windows.viewed_date

    group by 1, 2

),

counted as (

    select
        users_again.region_code,
        users_of_windows.date_day,
        sum(users_of_windows.is_of_week) as weekly_active_users,
        count(*) as monthly_active_users

    from users_of_windows

    inner join users_again
        on users_of_windows.user_id = users_again.user_id

    group by 1, 2

),

active_users as (

    select * from {{ ref('agg_active_users_by_day') }}

)

select
    active_users.region_code,
    active_users.date_day,
    active_users.daily_active_users,
    active_users.weekly_active_users,
    active_users.monthly_active_users,
    users_of_days.daily_active_users as counted_daily,
    counted.weekly_active_users as counted_weekly,
    counted.monthly_active_users as counted_monthly

from active_users

left join checked_days
    on active_users.date_day = checked_days.date_day

left join users_of_days
    on
        active_users.region_code = users_of_days.region_code
        and active_users.date_day = users_of_days.viewed_date

left join counted
    on
        active_users.region_code = counted.region_code
        and active_users.date_day = counted.date_day

where
    active_users.daily_active_users != coalesce(users_of_days.daily_active_users, 0)
    or (
        checked_days.date_day is not null
        and (
            active_users.weekly_active_users != coalesce(counted.weekly_active_users, 0)
            or active_users.monthly_active_users
            != coalesce(counted.monthly_active_users, 0)
        )
    )
