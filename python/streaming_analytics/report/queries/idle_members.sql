-- Members at the end of the newest complete month who watched nothing in it, and what
-- they pay a month.
select
    count(*) as members,
    coalesce(sum(months.mrr_usd), 0) as mrr_usd
from {{ ref('fct_user_months') }} as months
left join {{ ref('agg_viewing_by_user_month') }} as viewing
    on
        months.user_id = viewing.user_id
        and months.month_start_date = viewing.month_start_date
where
    months.is_member
    and coalesce(viewing.watched_seconds, 0) = 0
    and months.month_start_date = (
        select max(growth.month_start_date)
        from {{ ref('agg_platform_growth_by_month') }} as growth
        where growth.is_complete_month
    )
