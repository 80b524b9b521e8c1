-- Value ÷ centred moving average, so that growth and the launch are no season.
-- docs/decisions/0016-seasonality.md

with

seasons as (

    select * from {{ ref('stg_reference__seasons') }}

),

days as (

    select * from {{ ref('dim_dates') }}

    where is_observed

),

months as (

    select * from {{ ref('util_months') }}

    where is_complete_month

),

users as (

    select * from {{ ref('dim_users') }}

),

first_days as (

    select min(signup_date) as first_signup_date

    from users

),

signups_by_day as (

    select
        days.date_day,
        days.month_start_date,
        days.weekday_number,
        count(users.user_id) as signups

    from days

    inner join first_days
        on days.date_day >= first_days.first_signup_date

    left join users
        on days.date_day = users.signup_date

    group by 1, 2, 3

),

-- A month that began before the first sign-up was not a whole month of the platform.
signups_by_month as (

    select
        months.month_start_date,
        cast(extract(month from months.month_start_date) as integer) as month_number,
        sum(signups_by_day.signups) as signups

    from months

    inner join first_days
        on months.month_start_date >= first_days.first_signup_date

    inner join signups_by_day
        on months.month_start_date = signups_by_day.month_start_date

    group by 1, 2

),

-- 2×12: the mean of the two 12-month means that lie half a month before and after.
months_with_trend as (

    select
        month_number,
        signups,
        count(*) over (
            order by month_start_date rows between 6 preceding and 6 following
        ) as months_in_window,
        sum(signups) over (
            order by month_start_date rows between 6 preceding and 5 following
        ) as signups_of_earlier_year,
        sum(signups) over (
            order by month_start_date rows between 5 preceding and 6 following
        ) as signups_of_later_year

    from signups_by_month

),

days_with_trend as (

    select
        weekday_number,
        signups,
        count(*) over (
            order by date_day rows between 3 preceding and 3 following
        ) as days_in_window,
        sum(signups) over (
            order by date_day rows between 3 preceding and 3 following
        ) as signups_of_week

    from signups_by_day

),

month_ratios as (

    select
        'month' as season_type,
        month_number as season_number,
        count(*) as observations,
        sum(signups) as signups,
        {{ ratio(
            'sum(signups_of_earlier_year + signups_of_later_year)', 24, 'numeric(18, 6)'
        ) }} as trend_signups,
        avg(
            {{ ratio(
                'signups * 24',
                'signups_of_earlier_year + signups_of_later_year',
                'numeric(18, 12)'
            ) }}
        ) as raw_index

    from months_with_trend

    where months_in_window = 13

    group by 1, 2

),

-- A ratio of sums: single days are so few sign-ups that a mean of their ratios would
-- weigh an empty week like a full one.
weekday_ratios as (

    select
        'weekday' as season_type,
        weekday_number as season_number,
        count(*) as observations,
        sum(signups) as signups,
        {{ ratio('sum(signups_of_week)', 7, 'numeric(18, 6)') }} as trend_signups,
        {{ ratio('sum(signups) * 7', 'sum(signups_of_week)', 'numeric(18, 12)') }}
            as raw_index

    from days_with_trend

    where days_in_window = 7

    group by 1, 2

),

season_ratios as (

    select * from month_ratios

    union all

    select * from weekday_ratios

),

seasons_and_mean_index as (

    select
        seasons.season_type,
        seasons.season_name,
        seasons.season_number,
        coalesce(season_ratios.observations, 0) as observations,
        coalesce(season_ratios.signups, 0) as signups,
        coalesce(season_ratios.trend_signups, 0) as trend_signups,
        season_ratios.raw_index,
        avg(season_ratios.raw_index) over (partition by seasons.season_type)
            as mean_raw_index

    from seasons

    left join season_ratios
        on
            seasons.season_type = season_ratios.season_type
            and seasons.season_number = season_ratios.season_number

),

final as (

    select

        ---------- strings
        season_type,
        season_name,

        ---------- numerics
        season_number,
        cast(observations as integer) as observations,
        cast(signups as integer) as signups,
        cast(trend_signups as numeric(18, 6)) as trend_signups,
        cast(raw_index as numeric(12, 6)) as raw_index,
        cast(raw_index / nullif(mean_raw_index, 0) as numeric(12, 6))
            as seasonality_index

    from seasons_and_mean_index

)

select * from final
