-- The days the data covers and the newest month that is complete.
select
    min(dates.date_day) as first_date,
    max(dates.date_day) as as_of_date,
    (
        select max(growth.month_start_date)
        from {{ ref('agg_platform_growth_by_month') }} as growth
        where growth.is_complete_month
    ) as month_start_date
from {{ ref('dim_dates') }} as dates
where dates.is_observed
