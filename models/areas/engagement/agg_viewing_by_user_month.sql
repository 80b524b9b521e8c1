{{ config(
    part=['user_id', 'month_start_date'],
    reads={'fct_viewing': {
        'user_id': 'user_id',
        'month_start_date': "cast(date_trunc('month', viewed_date) as date)",
    }},
    reached_by={
        'dim_content': "
            select user_id, cast(date_trunc('month', viewed_date) as date) as month_start_date
            from {fct_viewing}
            where content_id in (select content_id from {changed})",
        'dim_devices': "
            select user_id, cast(date_trunc('month', viewed_date) as date) as month_start_date
            from {fct_viewing}
            where device_code in (select device_code from {changed})",
    },
) }}

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main' and not is_bot

),

devices as (

    select * from {{ ref('dim_devices') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

month_totals as (

    select
        plays.user_id,
        {{ month_start('plays.viewed_date') }} as month_start_date,
        count(*) as plays,
        sum(case when plays.is_valid_view then 1 else 0 end) as valid_views,
        count(distinct case when plays.is_valid_view then plays.viewed_date end)
            as active_days,
        count(distinct case when plays.is_valid_view then plays.content_id end)
            as titles,
        sum(plays.watched_seconds) as watched_seconds,
        sum(
            case
                when content.content_type = 'film' then plays.watched_seconds else 0
            end
        ) as film_seconds,
        sum(case when devices.is_big_screen then plays.watched_seconds else 0 end)
            as big_screen_seconds,
        case
            when count(plays.is_autoplayed) = count(*)
                then
                    sum(
                        case
                            when plays.is_autoplayed then plays.watched_seconds else 0
                        end
                    )
        end as autoplayed_seconds

    from plays

    inner join content
        on plays.content_id = content.content_id

    inner join devices
        on plays.device_code = devices.device_code

    group by 1, 2

),

final as (

    select

        ---------- ids
        user_id,

        ---------- numerics
        cast(plays as integer) as plays,
        cast(valid_views as integer) as valid_views,
        cast(active_days as integer) as active_days,
        cast(titles as integer) as titles,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(film_seconds as bigint) as film_seconds,
        cast(big_screen_seconds as bigint) as big_screen_seconds,
        cast(autoplayed_seconds as bigint) as autoplayed_seconds,
        {{ hours('watched_seconds') }} as watched_hours,

        ---------- dates
        month_start_date

    from month_totals

)

select * from final
