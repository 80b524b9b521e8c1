-- Accounts of a cohort with the same active day and the same weeks are counted
-- together, which leaves few rows of many accounts.

with

users as (

    select * from {{ ref('dim_users') }}

),

active_days as (

    select * from {{ ref('int_active_days') }}

),

-- The first of an account has none before it; any other is the next of one.
days_and_previous as (

    select
        user_id,
        cast(null as date) as previous_viewed_date,
        viewed_date

    from active_days

    where active_day_number = 1

    union all

    select
        user_id,
        viewed_date as previous_viewed_date,
        next_viewed_date as viewed_date

    from active_days

    where next_viewed_date is not null

),

days_since_signup as (

    select
        users.signup_month_start_date as cohort_month_start_date,
        {{ dbt.datediff('users.signup_date', as_of_date(), 'day') }}
            as observed_days,
        {{ dbt.datediff('users.signup_date', 'days_and_previous.viewed_date', 'day') }}
            as active_day,
        case
            when days_and_previous.previous_viewed_date >= users.signup_date
                then {{ dbt.datediff(
                    'users.signup_date', 'days_and_previous.previous_viewed_date', 'day'
                ) }}
        end as previous_active_day

    from users

    inner join days_and_previous
        on
            users.user_id = days_and_previous.user_id
            and users.signup_date <= days_and_previous.viewed_date

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
        least(active_day, observed_days - 6) as week_until_day

    from days_since_signup

),

active_days_since_signup as (

    select
        cohort_month_start_date,
        active_day,
        week_from_day,
        week_until_day,
        cast(count(*) as integer) as users

    from days_and_weeks

    group by cohort_month_start_date, active_day, week_from_day, week_until_day

)

select * from active_days_since_signup
