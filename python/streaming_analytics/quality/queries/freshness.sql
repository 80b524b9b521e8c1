with

loads as (

    select
        'viewing' as raw_table,
        loaded_date as load_day,
        max(last_loaded_at) as loaded_at,
        sum(plays) as row_count
    from {{ ref('stg_streaming_app__viewing_arrivals') }}
    where last_loaded_at is not null
    group by 1, 2

    union all

    select
        'users',
        cast(loaded_at as date),
        max(loaded_at),
        count(*)
    from {{ ref('stg_streaming_app__users') }}
    where loaded_at is not null
    group by 1, 2

    union all

    select
        'ratings',
        cast(loaded_at as date),
        max(loaded_at),
        count(*)
    from {{ ref('stg_streaming_app__ratings') }}
    where loaded_at is not null
    group by 1, 2

    union all

    select
        'subscriptions',
        cast(loaded_at as date),
        max(loaded_at),
        count(*)
    from {{ ref('stg_streaming_app__subscriptions') }}
    where loaded_at is not null
    group by 1, 2

    union all

    select
        'payments',
        cast(loaded_at as date),
        max(loaded_at),
        count(*)
    from {{ ref('stg_streaming_app__payments') }}
    where loaded_at is not null
    group by 1, 2

),

with_gap as (

    select
        raw_table,
        load_day,
        row_count,
        load_day - lag(load_day) over (
            partition by raw_table
            order by load_day
        ) as gap_days,
        max(loaded_at) over (partition by raw_table) as newest_of_table,
        max(loaded_at) over () as newest
    from loads

),

with_window as (

    select
        *,
        cast(newest_of_table as date) as last_day,
        greatest(
            cast(newest_of_table as date) - 56,
            min(load_day) over (partition by raw_table) - 1
        ) as window_start
    from with_gap

),

usual as (

    select
        raw_table,
        min(newest - newest_of_table) as behind,
        coalesce(max(gap_days), 1) as longest_gap,
        coalesce(stddev_pop(gap_days), 0) as gap_deviation
    from with_window
    where load_day > window_start
    group by 1

),

days as (

    select
        tables.raw_table,
        coalesce(loads.row_count, 0) as row_count
    from (
        select distinct
            raw_table,
            window_start,
            last_day
        from with_window
    ) as tables
    cross join generate_series(1, 56) as ages (age)
    left join loads
        on
            tables.raw_table = loads.raw_table
            and tables.window_start + ages.age = loads.load_day
    where tables.window_start + ages.age <= tables.last_day

),

medians as (

    select
        raw_table,
        percentile_cont(0.5) within group (order by row_count) as median_rows
    from days
    group by 1

),

deviations as (

    select
        days.raw_table,
        medians.median_rows,
        percentile_cont(0.5) within group (
            order by abs(days.row_count - medians.median_rows)
        ) as mad
    from days
    inner join medians on days.raw_table = medians.raw_table
    group by 1, 2

),

-- A day without rows is chance where it lies within four deviations, as for plays.
chance as (

    select
        raw_table,
        case
            when median_rows <= 4 * greatest(1.4826 * mad, sqrt(median_rows), 1)
                then 1
            else 0
        end as chance_days
    from deviations

)

select
    usual.raw_table as subject,
    extract(epoch from usual.behind) / 3600 - 24 * (
        usual.longest_gap - 1 + 4 * usual.gap_deviation + chance.chance_days
    ) as value
from usual
inner join chance on usual.raw_table = chance.raw_table
