with

day_hours as (

    select * from {{ ref('int_viewing_by_day_hour') }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

devices as (

    select * from {{ ref('stg_reference__devices') }}

),

week_hours as (

    select * from {{ ref('util_week_hours') }}

),

cells as (

    select
        week_hours.local_weekday,
        week_hours.local_hour,
        devices.device_code,
        regions.region_code

    from week_hours

    cross join devices

    cross join regions

),

play_totals as (

    select
        local_weekday,
        local_hour,
        device_code,
        region_code,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from day_hours

    group by 1, 2, 3, 4

),

cell_watch_time as (

    select
        cells.local_weekday,
        cells.local_hour,
        cells.device_code,
        cells.region_code,
        coalesce(play_totals.plays, 0) as plays,
        coalesce(play_totals.watched_seconds, 0) as watched_seconds

    from cells

    left join play_totals
        on
            cells.local_weekday = play_totals.local_weekday
            and cells.local_hour = play_totals.local_hour
            and cells.device_code = play_totals.device_code
            and cells.region_code = play_totals.region_code

),

cells_in_region as (

    select
        *,
        sum(watched_seconds) over (partition by region_code) as region_watched_seconds

    from cell_watch_time

),

final as (

    select

        ---------- strings
        region_code,
        device_code,

        ---------- numerics
        local_weekday,
        local_hour,
        cast(plays as integer) as plays,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        cast(region_watched_seconds as bigint) as region_watched_seconds,
        {{ ratio('watched_seconds', 'region_watched_seconds') }} as region_watched_share

    from cells_in_region

)

select * from final
