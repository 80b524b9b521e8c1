-- Three ways to say that someone came back, each among those whose time has passed:
-- docs/decisions/0032-viewing-retention.md

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

cohort_users as (

    select
        user_id,
        signup_date,
        signup_month_start_date as cohort_month_start_date,
        {{ dbt.datediff(
            'signup_date', as_of_date(), 'day'
        ) }} as observed_days

    from users

),

-- Few rows stand for many accounts: those of one cohort differ by thirty days at most.
signup_days as (

    select
        cohort_month_start_date,
        observed_days,
        count(*) as users

    from cohort_users

    group by 1, 2

),

cohorts as (

    select
        cohort_month_start_date,
        sum(users) as users,
        max(observed_days) as longest_observed_days

    from signup_days

    group by 1

),

numbers as (

    {{ dbt.generate_series(integer_var('viewing_retention_days', 7, 366)) }}

),

cohort_days as (

    select
        cohorts.cohort_month_start_date,
        cohorts.users,
        numbers.generated_number - 1 as days_since_signup

    from cohorts

    inner join numbers
        on cohorts.longest_observed_days >= numbers.generated_number - 1

),

eligible as (

    select
        cohort_days.cohort_month_start_date,
        cohort_days.days_since_signup,
        cohort_days.users,
        sum(
            case
                when signup_days.observed_days >= cohort_days.days_since_signup
                    then signup_days.users
                else 0
            end
        ) as eligible_users,
        sum(
            case
                when signup_days.observed_days >= cohort_days.days_since_signup + 6
                    then signup_days.users
                else 0
            end
        ) as eligible_users_7d

    from cohort_days

    inner join signup_days
        on cohort_days.cohort_month_start_date = signup_days.cohort_month_start_date

    group by 1, 2, 3

),

user_days as (

    select
        cohort_users.user_id,
        cohort_users.cohort_month_start_date,
        cohort_users.observed_days,
        {{ dbt.datediff('cohort_users.signup_date', 'active_days.viewed_date', 'day') }}
            as active_day

    from cohort_users

    inner join active_days
        on
            cohort_users.user_id = active_days.user_id
            and cohort_users.signup_date <= active_days.viewed_date

),

active as (

    select
        cohort_month_start_date,
        active_day,
        count(*) as users

    from user_days

    group by 1, 2

),

last_days_of_users as (

    select
        user_id,
        cohort_month_start_date,
        max(active_day) as last_day

    from user_days

    group by 1, 2

),

last_days as (

    select
        cohort_month_start_date,
        last_day,
        count(*) as users

    from last_days_of_users

    group by 1, 2

),

still_coming as (

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

with_previous_day as (

    select
        *,
        lag(active_day) over (
            partition by user_id order by active_day
        ) as previous_active_day

    from user_days

),

-- A week of seven days that begins from six days before an active day through that day
-- holds it. Weeks that an earlier active day has claimed are not claimed again, and
-- weeks that the data does not reach the end of are nobody's.
spans as (

    select
        cohort_month_start_date,
        greatest(active_day - 6, coalesce(previous_active_day + 1, 0), 0) as from_day,
        least(active_day, observed_days - 6) as until_day

    from with_previous_day

),

spans_of_cohorts as (

    select
        cohort_month_start_date,
        from_day,
        until_day,
        count(*) as users

    from spans

    group by 1, 2, 3

),

active_in_week as (

    select
        cohort_days.cohort_month_start_date,
        cohort_days.days_since_signup,
        sum(spans_of_cohorts.users) as users

    from cohort_days

    inner join spans_of_cohorts
        on
            cohort_days.cohort_month_start_date
            = spans_of_cohorts.cohort_month_start_date
            and cohort_days.days_since_signup >= spans_of_cohorts.from_day
            and cohort_days.days_since_signup <= spans_of_cohorts.until_day

    group by 1, 2

),

joined as (

    select
        eligible.cohort_month_start_date,
        eligible.days_since_signup,
        eligible.users,
        eligible.eligible_users,
        eligible.eligible_users_7d,
        coalesce(active.users, 0) as active_users,
        coalesce(active_in_week.users, 0) as active_users_7d,
        coalesce(still_coming.users, 0) as active_or_later_users

    from eligible

    left join active
        on
            eligible.cohort_month_start_date = active.cohort_month_start_date
            and eligible.days_since_signup = active.active_day

    left join active_in_week
        on
            eligible.cohort_month_start_date = active_in_week.cohort_month_start_date
            and eligible.days_since_signup = active_in_week.days_since_signup

    left join still_coming
        on
            eligible.cohort_month_start_date = still_coming.cohort_month_start_date
            and eligible.days_since_signup = still_coming.days_since_signup

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

    from joined

)

select * from final
