-- Where members are heading, by region, and ALL for the platform.
select
    case when segment_type = 'all' then 'ALL' else segment_code end as region_code,
    month_start_date,
    forecast_members,
    forecast_members_lower,
    forecast_members_upper,
    backtest_forecasts,
    backtest_mape_rate,
    naive_mape_rate
from {{ ref('agg_member_forecast_by_month') }}
order by region_code, month_start_date
