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

active_days_since_signup as (

    select
        user_id,
        cohort_month_start_date,
        observed_days,
        active_day,
        lag(active_day) over (
            partition by user_id order by active_day
        ) as previous_active_day

    from days_since_signup

)

select * from active_days_since_signup
