-- Accounts of a cohort with the same active day and the same weeks are counted
-- together, which leaves few rows of many accounts.

with

users as (

    select * from {{ ref('dim_users') }}

),

active_days as (

    select
        user_id,
        viewed_date

    from {{ ref('agg_viewing_by_user_day') }}

    where is_active

),

days_since_signup as (

    select
        users.user_id,
        users.signup_month_start_date as cohort_month_start_date,
        {{ dbt.datediff('users.signup_date', as_of_date(), 'day') }}
            as observed_days,
        {{ dbt.datediff('users.signup_date', 'active_days.viewed_date', 'day') }}
            as active_day

    from users

    inner join active_days
        on
            users.user_id = active_days.user_id
            and users.signup_date <= active_days.viewed_date

),

days_among_others as (

    select
        cohort_month_start_date,
        observed_days,
        active_day,
        lag(active_day) over (partition by user_id order by active_day)
            as previous_active_day,
        lead(active_day) over (partition by user_id order by active_day)
            as next_active_day

    from days_since_signup

),

-- A week of seven days that begins from six days before an active day through that day
-- holds it. Weeks that an earlier active day has claimed are not claimed again, and
-- weeks that the data does not reach the end of are nobody's.
days_and_weeks as (

    select
        cohort_month_start_date,
        active_day,
        greatest(active_day - 6, coalesce(previous_active_day + 1, 0), 0)
            as week_from_day,
        least(active_day, observed_days - 6) as week_until_day,
        next_active_day is null as is_last_day

    from days_among_others

),

active_days_since_signup as (

    select
        cohort_month_start_date,
        active_day,
        week_from_day,
        week_until_day,
        cast(count(*) as integer) as users,
        is_last_day

    from days_and_weeks

    group by
        cohort_month_start_date,
        active_day,
        week_from_day,
        week_until_day,
        is_last_day

)

select * from active_days_since_signup
