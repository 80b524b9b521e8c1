with

users as (

    select * from {{ ref('dim_users') }}

),

-- Few rows stand for many accounts: those of one cohort differ by thirty days at most.
signup_days as (

    select
        signup_month_start_date as cohort_month_start_date,
        {{ dbt.datediff('signup_date', as_of_date(), 'day') }}
            as observed_days,
        count(*) as users

    from users

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

days_of_cohorts as (

    select
        cohorts.cohort_month_start_date,
        cohorts.users,
        numbers.generated_number - 1 as days_since_signup

    from cohorts

    inner join numbers
        on cohorts.longest_observed_days >= numbers.generated_number - 1

),

cohort_days as (

    select
        days_of_cohorts.cohort_month_start_date,
        days_of_cohorts.days_since_signup,
        days_of_cohorts.users,
        sum(
            case
                when signup_days.observed_days >= days_of_cohorts.days_since_signup
                    then signup_days.users
                else 0
            end
        ) as eligible_users,
        sum(
            case
                when signup_days.observed_days >= days_of_cohorts.days_since_signup + 6
                    then signup_days.users
                else 0
            end
        ) as eligible_users_7d

    from days_of_cohorts

    inner join signup_days
        on
            days_of_cohorts.cohort_month_start_date
            = signup_days.cohort_month_start_date

    group by 1, 2, 3

)

select * from cohort_days
