-- Everyone who was a member on the closing date or watched during the month, so that
-- those who watched nothing are seen. docs/decisions/0008-watch-time-population.md

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

viewing as (

    select * from {{ ref('agg_viewing_by_user_month') }}

),

months as (

    select * from {{ ref('util_months') }}

),

bins as (

    select * from {{ ref('stg_reference__watch_time_bins') }}

),

population as (

    select
        user_id,
        month_start_date

    from members

    union distinct

    select
        user_id,
        month_start_date

    from viewing

),

watch_times as (

    select
        population.user_id,
        population.month_start_date,
        coalesce(viewing.watched_seconds, 0) as watched_seconds

    from population

    left join viewing
        on
            population.user_id = viewing.user_id
            and population.month_start_date = viewing.month_start_date

),

percentiles as (

    select
        month_start_date,
        count(*) as month_users,
        sum(watched_seconds) as month_watched_seconds,
        percentile_cont(0.1) within group (order by watched_seconds)
            as p10_seconds,
        percentile_cont(0.25) within group (order by watched_seconds)
            as p25_seconds,
        percentile_cont(0.5) within group (order by watched_seconds)
            as p50_seconds,
        percentile_cont(0.75) within group (order by watched_seconds)
            as p75_seconds,
        percentile_cont(0.9) within group (order by watched_seconds)
            as p90_seconds,
        percentile_cont(0.95) within group (order by watched_seconds)
            as p95_seconds

    from watch_times

    group by 1

),

bin_totals as (

    select
        watch_times.month_start_date,
        bins.bin_number,
        count(*) as users,
        sum(watch_times.watched_seconds) as watched_seconds

    from watch_times

    inner join bins
        on
            watch_times.watched_seconds >= bins.from_seconds
            and watch_times.watched_seconds < bins.until_seconds

    group by 1, 2

),

month_bins as (

    select
        months.month_start_date,
        months.is_complete_month,
        bins.bin_number,
        bins.bin_label,
        coalesce(bin_totals.users, 0) as users,
        coalesce(bin_totals.watched_seconds, 0) as watched_seconds

    from months

    cross join bins

    left join bin_totals
        on
            months.month_start_date = bin_totals.month_start_date
            and bins.bin_number = bin_totals.bin_number

),

running_bins as (

    select
        *,
        sum(users) over (
            partition by month_start_date
            order by bin_number
            rows between unbounded preceding and current row
        ) as users_up_to_bin,
        sum(watched_seconds) over (
            partition by month_start_date
            order by bin_number
            rows between unbounded preceding and current row
        ) as watched_seconds_up_to_bin

    from month_bins

),

final as (

    select

        ---------- strings
        running_bins.bin_label,

        ---------- numerics
        running_bins.bin_number,
        cast(running_bins.users as integer) as users,
        cast(running_bins.watched_seconds as bigint) as watched_seconds,
        {{ hours('running_bins.watched_seconds') }} as watched_hours,
        cast(coalesce(percentiles.month_users, 0) as integer) as month_users,
        cast(coalesce(percentiles.month_watched_seconds, 0) as bigint)
            as month_watched_seconds,
        {{ ratio('running_bins.users', 'percentiles.month_users') }} as users_share,
        {{ ratio('running_bins.watched_seconds', 'percentiles.month_watched_seconds') }}
            as watched_share,
        {{ ratio('running_bins.users_up_to_bin', 'percentiles.month_users') }}
            as cumulative_users_share,
        {{ ratio(
            'running_bins.watched_seconds_up_to_bin',
            'percentiles.month_watched_seconds'
        ) }} as cumulative_watched_share,
        {{ hours('percentiles.p10_seconds') }} as p10_hours,
        {{ hours('percentiles.p25_seconds') }} as p25_hours,
        {{ hours('percentiles.p50_seconds') }} as p50_hours,
        {{ hours('percentiles.p75_seconds') }} as p75_hours,
        {{ hours('percentiles.p90_seconds') }} as p90_hours,
        {{ hours('percentiles.p95_seconds') }} as p95_hours,

        ---------- booleans
        running_bins.is_complete_month,

        ---------- dates
        running_bins.month_start_date

    from running_bins

    left join percentiles
        on running_bins.month_start_date = percentiles.month_start_date

)

select * from final
