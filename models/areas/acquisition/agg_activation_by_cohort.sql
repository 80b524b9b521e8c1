with

activation as (

    select * from {{ ref('int_user_activation') }}

),

-- The data ends at the midnight after its last day.
activation_windows as (

    select
        {{ month_start('signed_up_at') }} as cohort_month_start_date,
        coalesce(seconds_to_first_view <= 86400, false) as is_activated_24h,
        coalesce(seconds_to_first_view <= 604800, false) as is_activated_7d,
        {{ dbt.dateadd('day', 1, 'signed_up_at') }}
        <= {{ dbt.dateadd('day', 1, as_of_date()) }} as is_eligible_24h,
        {{ dbt.dateadd('day', 7, 'signed_up_at') }}
        <= {{ dbt.dateadd('day', 1, as_of_date()) }} as is_eligible_7d,
        seconds_to_first_view

    from activation

),

cohorts as (

    select
        cohort_month_start_date,
        count(*) as users,
        sum(case when is_eligible_24h then 1 else 0 end) as eligible_users_24h,
        sum(case when is_eligible_24h and is_activated_24h then 1 else 0 end)
            as activated_users_24h,
        sum(case when is_eligible_7d then 1 else 0 end) as eligible_users_7d,
        sum(case when is_eligible_7d and is_activated_7d then 1 else 0 end)
            as activated_users_7d

    from activation_windows

    group by 1

),

-- Only those activated within the window: who plays after months would move the median
-- of old cohorts and not of young ones.
median_times as (

    select
        cohort_month_start_date,
        percentile_cont(0.5) within group (order by seconds_to_first_view)
            as median_seconds_to_first_view

    from activation_windows

    where is_eligible_7d and is_activated_7d

    group by 1

),

final as (

    select

        ---------- numerics
        cast(cohorts.users as integer) as users,
        cast(cohorts.eligible_users_24h as integer) as eligible_users_24h,
        cast(cohorts.activated_users_24h as integer) as activated_users_24h,
        {{ ratio('cohorts.activated_users_24h', 'cohorts.eligible_users_24h') }}
            as activation_rate_24h,
        {{ wilson_bound(
            'cohorts.activated_users_24h', 'cohorts.eligible_users_24h', 'lower'
        ) }} as activation_rate_24h_lower,
        {{ wilson_bound(
            'cohorts.activated_users_24h', 'cohorts.eligible_users_24h', 'upper'
        ) }} as activation_rate_24h_upper,
        cast(cohorts.eligible_users_7d as integer) as eligible_users_7d,
        cast(cohorts.activated_users_7d as integer) as activated_users_7d,
        {{ ratio('cohorts.activated_users_7d', 'cohorts.eligible_users_7d') }}
            as activation_rate_7d,
        {{ wilson_bound(
            'cohorts.activated_users_7d', 'cohorts.eligible_users_7d', 'lower'
        ) }} as activation_rate_7d_lower,
        {{ wilson_bound(
            'cohorts.activated_users_7d', 'cohorts.eligible_users_7d', 'upper'
        ) }} as activation_rate_7d_upper,
        {{ hours('median_times.median_seconds_to_first_view') }}
            as median_hours_to_first_view,

        ---------- booleans
        cohorts.eligible_users_7d < cohorts.users as is_immature,

        ---------- dates
        cohorts.cohort_month_start_date

    from cohorts

    left join median_times
        on cohorts.cohort_month_start_date = median_times.cohort_month_start_date

)

select * from final
