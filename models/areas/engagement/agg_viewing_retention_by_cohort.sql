-- Three ways to say that someone came back, each among those whose time has passed:
-- docs/decisions/0032-viewing-retention.md

with

cohort_days as (

    select * from {{ ref('int_cohort_days') }}

),

active_days as (

    select * from {{ ref('int_active_days_since_signup') }}

),

last_active_days as (

    select
        user_id,
        viewed_date

    from {{ ref('int_active_days') }}

    where next_viewed_date is null

),

users as (

    select * from {{ ref('dim_users') }}

),

active_on_day as (

    select
        cohort_month_start_date,
        active_day,
        sum(users) as users

    from active_days

    group by 1, 2

),

last_days as (

    select
        users.signup_month_start_date as cohort_month_start_date,
        {{ dbt.datediff('users.signup_date', 'last_active_days.viewed_date', 'day') }}
            as last_day,
        count(*) as users

    from users

    inner join last_active_days
        on
            users.user_id = last_active_days.user_id
            and users.signup_date <= last_active_days.viewed_date

    group by 1, 2

),

users_to_come as (

    select
        cohort_days.cohort_month_start_date,
        cohort_days.days_since_signup,
        sum(last_days.users) as users

    from cohort_days

    inner join last_days
        on
            cohort_days.cohort_month_start_date = last_days.cohort_month_start_date
            and cohort_days.days_since_signup <= last_days.last_day

    group by 1, 2

),

week_spans as (

    select
        cohort_month_start_date,
        week_from_day,
        week_until_day,
        sum(users) as users

    from active_days

    group by 1, 2, 3

),

active_in_week as (

    select
        cohort_days.cohort_month_start_date,
        cohort_days.days_since_signup,
        sum(week_spans.users) as users

    from cohort_days

    inner join week_spans
        on
            cohort_days.cohort_month_start_date = week_spans.cohort_month_start_date
            and cohort_days.days_since_signup >= week_spans.week_from_day
            and cohort_days.days_since_signup <= week_spans.week_until_day

    group by 1, 2

),

cohort_counts as (

    select
        cohort_days.cohort_month_start_date,
        cohort_days.days_since_signup,
        cohort_days.users,
        cohort_days.eligible_users,
        cohort_days.eligible_users_7d,
        coalesce(active_on_day.users, 0) as active_users,
        coalesce(active_in_week.users, 0) as active_users_7d,
        coalesce(users_to_come.users, 0) as active_or_later_users

    from cohort_days

    left join active_on_day
        on
            cohort_days.cohort_month_start_date = active_on_day.cohort_month_start_date
            and cohort_days.days_since_signup = active_on_day.active_day

    left join active_in_week
        on
            cohort_days.cohort_month_start_date = active_in_week.cohort_month_start_date
            and cohort_days.days_since_signup = active_in_week.days_since_signup

    left join users_to_come
        on
            cohort_days.cohort_month_start_date = users_to_come.cohort_month_start_date
            and cohort_days.days_since_signup = users_to_come.days_since_signup

),

final as (

    select

        ---------- numerics
        cast(days_since_signup as integer) as days_since_signup,
        cast(users as integer) as users,
        cast(eligible_users as integer) as eligible_users,
        cast(active_users as integer) as active_users,
        {{ ratio('active_users', 'eligible_users') }} as day_retention_rate,
        {{ wilson_bound('active_users', 'eligible_users', 'lower') }}
            as day_retention_rate_lower,
        {{ wilson_bound('active_users', 'eligible_users', 'upper') }}
            as day_retention_rate_upper,
        cast(eligible_users_7d as integer) as eligible_users_7d,
        cast(active_users_7d as integer) as active_users_7d,
        {{ ratio('active_users_7d', 'eligible_users_7d') }} as week_retention_rate,
        {{ wilson_bound('active_users_7d', 'eligible_users_7d', 'lower') }}
            as week_retention_rate_lower,
        {{ wilson_bound('active_users_7d', 'eligible_users_7d', 'upper') }}
            as week_retention_rate_upper,
        cast(active_or_later_users as integer) as active_or_later_users,
        {{ ratio('active_or_later_users', 'eligible_users') }}
            as unbounded_retention_rate,
        {{ wilson_bound('active_or_later_users', 'eligible_users', 'lower') }}
            as unbounded_retention_rate_lower,
        {{ wilson_bound('active_or_later_users', 'eligible_users', 'upper') }}
            as unbounded_retention_rate_upper,

        ---------- booleans
        eligible_users < users as is_immature,

        ---------- dates
        cohort_month_start_date

    from cohort_counts

)

select * from final
