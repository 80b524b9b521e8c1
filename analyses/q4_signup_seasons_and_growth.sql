-- When do people sign up, and where is the platform heading? By month: sign-ups, what
-- the month of the year usually adds to the trend, members, and then the forecast.

with

growth as (

    select * from {{ ref('agg_platform_growth_by_month') }}

    where is_complete_month

),

seasons as (

    select * from {{ ref('agg_signup_seasonality') }}

    where season_type = 'month'

),

forecasts as (

    select * from {{ ref('agg_member_forecast_by_month') }}

    where segment_type = 'all'

),

months as (

    select
        month_start_date,
        sum(signups) as signups,
        sum(gross_adds) as gross_adds,
        sum(cancels) as cancels,
        sum(closing_members) as members,
        sum(revenue_usd) / nullif(sum(average_members), 0) as arm_usd

    from growth

    group by month_start_date

),

observed_and_forecast as (

    select
        month_start_date,
        signups,
        gross_adds,
        cancels,
        members,
        cast(null as numeric(12, 1)) as members_lower,
        cast(null as numeric(12, 1)) as members_upper,
        arm_usd,
        false as is_forecast

    from months

    union all

    select
        month_start_date,
        null as signups,
        null as gross_adds,
        null as cancels,
        forecast_members as members,
        forecast_members_lower as members_lower,
        forecast_members_upper as members_upper,
        null as arm_usd,
        true as is_forecast

    from forecasts

)

select
    observed_and_forecast.month_start_date,
    observed_and_forecast.is_forecast,
    observed_and_forecast.signups,
    seasons.seasonality_index,
    seasons.observations as seasonality_observations,
    observed_and_forecast.gross_adds,
    observed_and_forecast.cancels,
    observed_and_forecast.members,
    observed_and_forecast.members_lower,
    observed_and_forecast.members_upper,
    observed_and_forecast.arm_usd

from observed_and_forecast

left join seasons
    on
        extract(month from observed_and_forecast.month_start_date)
        = seasons.season_number

order by observed_and_forecast.month_start_date
