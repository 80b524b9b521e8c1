-- The distribution of watch time over accounts in the newest complete month.
select
    bin_number,
    bin_label,
    users,
    watched_hours,
    month_users,
    month_watched_seconds / 3600.0 as month_watched_hours,
    users_share,
    watched_share,
    cumulative_users_share,
    cumulative_watched_share,
    p10_hours,
    p50_hours,
    p90_hours,
    month_start_date
from {{ ref('agg_watch_time_distribution') }}
where
    month_start_date = (
        select max(newest.month_start_date)
        from {{ ref('agg_watch_time_distribution') }} as newest
        where newest.is_complete_month
    )
order by bin_number
