-- Active accounts as of the last day of each complete month. An account belongs to one
-- region, so regions add up.
select
    coalesce(active.region_code, 'ALL') as region_code,
    dates.month_start_date,
    sum(active.monthly_active_users) as monthly_active_users,
    sum(active.user_days_in_window) as user_days_in_window
from {{ ref('agg_active_users_by_day') }} as active
inner join {{ ref('dim_dates') }} as dates
    on active.date_day = dates.date_day
where active.date_day = dates.month_end_date and active.is_full_window
group by
    grouping sets (
        (active.region_code, dates.month_start_date), (dates.month_start_date)
    )
order by region_code, dates.month_start_date
