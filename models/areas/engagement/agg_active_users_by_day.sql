with

active_spans as (

    select * from {{ ref('int_active_spans') }}

),

days as (

    select date_day from {{ ref('util_days') }}

    where date_day <= {{ as_of_date() }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

beginnings_and_endings as (

    select
        region_code,
        window_days,
        from_date as date_day,
        users

    from active_spans

    union all

    select
        region_code,
        window_days,
        until_date as date_day,
        -users as users

    from active_spans

),

daily_changes as (

    select
        region_code,
        date_day,
        sum(case when window_days = 1 then users else 0 end) as day_change,
        sum(case when window_days = 7 then users else 0 end) as week_change,
        sum(case when window_days > 7 then users else 0 end) as month_change

    from beginnings_and_endings

    group by 1, 2

),

region_days as (

    select
        regions.region_code,
        days.date_day

    from regions

    cross join days

),

active_users as (

    select
        region_days.region_code,
        region_days.date_day,
        sum(coalesce(daily_changes.day_change, 0)) over (
            partition by region_days.region_code
            order by region_days.date_day
            rows between unbounded preceding and current row
        ) as daily_active_users,
        sum(coalesce(daily_changes.week_change, 0)) over (
            partition by region_days.region_code
            order by region_days.date_day
            rows between unbounded preceding and current row
        ) as weekly_active_users,
        sum(coalesce(daily_changes.month_change, 0)) over (
            partition by region_days.region_code
            order by region_days.date_day
            rows between unbounded preceding and current row
        ) as monthly_active_users,
        row_number() over (
            partition by region_days.region_code order by region_days.date_day
        ) as days_observed

    from region_days

    left join daily_changes
        on
            region_days.region_code = daily_changes.region_code
            and region_days.date_day = daily_changes.date_day

),

active_users_of_window as (

    select
        *,
        sum(daily_active_users) over (
            partition by region_code
            order by date_day
            rows between 27 preceding
            and current row
        ) as user_days_in_window

    from active_users

),

final as (

    select

        ---------- strings
        region_code,

        ---------- numerics
        cast(daily_active_users as integer) as daily_active_users,
        cast(weekly_active_users as integer) as weekly_active_users,
        cast(monthly_active_users as integer) as monthly_active_users,
        cast(user_days_in_window as bigint) as user_days_in_window,
        {{ ratio('user_days_in_window', 'monthly_active_users * 28') }} as stickiness,

        ---------- booleans
        days_observed >= 28 as is_full_window,

        ---------- dates
        date_day

    from active_users_of_window

)

select * from final
