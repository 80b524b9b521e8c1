-- Hours watched by region and complete month, and ALL for the platform.
with

region_months as (

    select
        users.region_code,
        viewing.month_start_date,
        sum(viewing.watched_seconds) as watched_seconds

    from {{ ref('agg_viewing_by_user_month') }} as viewing

    inner join {{ ref('dim_users') }} as users
        on viewing.user_id = users.user_id

    where
        viewing.month_start_date <= (
            select max(growth.month_start_date)
            from {{ ref('agg_platform_growth_by_month') }} as growth
            where growth.is_complete_month
        )

    group by users.region_code, viewing.month_start_date

)

select
    coalesce(region_code, 'ALL') as region_code,
    month_start_date,
    sum(watched_seconds) / 3600.0 as watched_hours
from region_months
group by grouping sets ((region_code, month_start_date), (month_start_date))
order by region_code, month_start_date
