-- Members of now plus the net adds of the same months a year ago; the same rule,
-- applied to every past month that allows it, gives the errors of the interval.
-- docs/decisions/0017-member-forecast.md

with

platform_months as (

    select * from {{ ref('agg_platform_growth_by_month') }}

    where is_complete_month

),

month_offsets as (

    select * from {{ ref('util_month_offsets') }}

    where months_since between 1 and {{ integer_var('forecast_months', 1, 12) }}

),

members_by_segment as (

    select
        'all' as segment_type,
        'all' as segment_code,
        month_start_date,
        sum(closing_members) as members

    from platform_months

    group by 1, 2, 3

    union all

    select
        'region' as segment_type,
        region_code as segment_code,
        month_start_date,
        closing_members as members

    from platform_months

),

first_months as (

    select
        segment_type,
        segment_code,
        min(month_start_date) as first_month_start_date

    from members_by_segment

    where members > 0

    group by 1, 2

),

numbered_months as (

    select
        members_by_segment.segment_type,
        members_by_segment.segment_code,
        members_by_segment.month_start_date,
        members_by_segment.members,
        row_number() over (
            partition by
                members_by_segment.segment_type, members_by_segment.segment_code
            order by members_by_segment.month_start_date
        ) as month_number

    from members_by_segment

    inner join first_months
        on
            members_by_segment.segment_type = first_months.segment_type
            and members_by_segment.segment_code = first_months.segment_code
            and members_by_segment.month_start_date
            >= first_months.first_month_start_date

),

forecasts as (

    select
        origins.segment_type,
        origins.segment_code,
        origins.month_start_date as origin_month_start_date,
        month_offsets.months_since as horizon_months,
        origins.members as naive_forecast,
        greatest(origins.members + seasons.members - year_before.members, 0)
            as forecast_members,
        actuals.members as actual_members,
        row_number() over (
            partition by
                origins.segment_type, origins.segment_code, month_offsets.months_since
            order by origins.month_start_date desc
        ) as recency_rank

    from numbered_months as origins

    cross join month_offsets

    inner join numbered_months as year_before
        on
            origins.segment_type = year_before.segment_type
            and origins.segment_code = year_before.segment_code
            and origins.month_number - 12 = year_before.month_number

    inner join numbered_months as seasons
        on
            origins.segment_type = seasons.segment_type
            and origins.segment_code = seasons.segment_code
            and origins.month_number - 12 + month_offsets.months_since
            = seasons.month_number

    left join numbered_months as actuals
        on
            origins.segment_type = actuals.segment_type
            and origins.segment_code = actuals.segment_code
            and origins.month_number + month_offsets.months_since
            = actuals.month_number

),

forecast_errors as (

    select
        segment_type,
        segment_code,
        horizon_months,
        count(*) as backtest_forecasts,
        avg(
            {{ ratio(
                'abs(forecast_members - actual_members)',
                'actual_members',
                'numeric(18, 12)'
            ) }}
        ) as backtest_mape,
        avg(
            {{ ratio(
                'abs(naive_forecast - actual_members)',
                'actual_members',
                'numeric(18, 12)'
            ) }}
        ) as naive_mape,
        sqrt(
            cast(
                sum(
                    (forecast_members - actual_members)
                    * (forecast_members - actual_members)
                ) as {{ type_double() }}
            ) / count(*)
        ) as root_mean_square_error

    from forecasts

    where actual_members is not null

    group by 1, 2, 3

),

final as (

    select

        ---------- strings
        forecasts.segment_type,
        forecasts.segment_code,

        ---------- numerics
        cast(forecasts.horizon_months as integer) as horizon_months,
        cast(forecasts.naive_forecast as integer) as origin_members,
        cast(forecasts.forecast_members as integer) as forecast_members,
        -- Without an error there is no interval: least() would pass over the NULL.
        cast(
            case
                when forecast_errors.root_mean_square_error is not null
                    then forecasts.forecast_members - least(
                        {{ z_score() }} * forecast_errors.root_mean_square_error,
                        forecasts.forecast_members
                    )
            end as numeric(12, 1)
        ) as forecast_members_lower,
        cast(
            forecasts.forecast_members
            + {{ z_score() }} * forecast_errors.root_mean_square_error as numeric(12, 1)
        ) as forecast_members_upper,
        cast(coalesce(forecast_errors.backtest_forecasts, 0) as integer)
            as backtest_forecasts,
        cast(forecast_errors.root_mean_square_error as numeric(12, 4))
            as backtest_root_mean_square_error,
        cast(forecast_errors.backtest_mape as numeric(12, 6)) as backtest_mape_rate,
        cast(forecast_errors.naive_mape as numeric(12, 6)) as naive_mape_rate,

        ---------- dates
        forecasts.origin_month_start_date,
        {{ month_anniversary(
            'forecasts.origin_month_start_date', 'forecasts.horizon_months'
        ) }} as month_start_date

    from forecasts

    left join forecast_errors
        on
            forecasts.segment_type = forecast_errors.segment_type
            and forecasts.segment_code = forecast_errors.segment_code
            and forecasts.horizon_months = forecast_errors.horizon_months

    where forecasts.recency_rank = 1

)

select * from final
