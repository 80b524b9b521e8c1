{{ config(
    part=['user_id', 'month_start_date'],
    indexes=[{'columns': ['user_id', 'month_start_date'], 'unique': true}],
    reads={'int_viewing_by_user_title_day': {
        'user_id': 'user_id',
        'month_start_date': "cast(date_trunc('month', viewed_date) as date)",
    }},
    reached_by={
        'dim_content': "
            select user_id, cast(date_trunc('month', viewed_date) as date) as month_start_date
            from {int_viewing_by_user_title_day}
            where content_id in (select content_id from {changed})",
        'dim_devices': "
            select user_id, cast(date_trunc('month', viewed_date) as date) as month_start_date
            from {int_viewing_by_user_title_day}
            where device_code in (select device_code from {changed})",
    },
) }}

with

viewing as (

    select * from {{ ref('int_viewing_by_user_title_day') }}

    where not is_bot

),

devices as (

    select * from {{ ref('dim_devices') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

viewing_of_known_titles as (

    select
        viewing.*,
        {{ month_start('viewing.viewed_date') }} as month_start_date,
        content.leading_genre_code,
        content.content_type = 'film' as is_film,
        devices.is_big_screen,
        content.release_date is not null as has_release_date,
        viewing.viewed_date >= content.release_date
        and viewing.viewed_date < {{ dbt.dateadd(
            'day', 28, 'content.release_date'
        ) }} as is_new_release

    from viewing

    inner join content
        on viewing.content_id = content.content_id

    inner join devices
        on viewing.device_code = devices.device_code

),

month_totals as (

    select
        user_id,
        month_start_date,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(trailers) as trailers,
        count(distinct case when valid_views > 0 then viewed_date end) as active_days,
        count(distinct case when valid_views > 0 then content_id end) as titles,
        count(distinct case when valid_views > 0 then leading_genre_code end)
            as genres,
        count(distinct case when valid_views > 0 then device_code end) as devices,
        sum(watched_seconds) as watched_seconds,
        sum(case when is_film then watched_seconds else 0 end) as film_seconds,
        sum(case when is_big_screen then watched_seconds else 0 end)
            as big_screen_seconds,
        sum(case when is_big_screen then valid_views else 0 end) as big_screen_views,
        sum(known_autoplay_plays) as known_autoplay_plays,
        sum(autoplayed_seconds) as autoplayed_seconds,
        sum(known_autoplay_views) as known_autoplay_views,
        sum(autoplayed_views) as autoplayed_views,
        sum(case when has_release_date then valid_views else 0 end)
            as known_release_views,
        sum(case when is_new_release then valid_views else 0 end) as new_release_views

    from viewing_of_known_titles

    group by 1, 2

),

-- Where it is unknown of one play, nobody knows it of the month.
user_months as (

    select
        user_id,
        cast(plays as integer) as plays,
        cast(valid_views as integer) as valid_views,
        cast(trailers as integer) as trailers,
        cast(active_days as integer) as active_days,
        cast(titles as integer) as titles,
        cast(genres as integer) as genres,
        cast(devices as integer) as devices,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(film_seconds as bigint) as film_seconds,
        cast(big_screen_seconds as bigint) as big_screen_seconds,
        cast(big_screen_views as integer) as big_screen_views,
        cast(
            case when known_autoplay_plays = plays then autoplayed_seconds end as bigint
        ) as autoplayed_seconds,
        cast(
            case when known_autoplay_views = valid_views then autoplayed_views end
            as integer
        ) as autoplayed_views,
        cast(
            case when known_release_views = valid_views then new_release_views end
            as integer
        ) as new_release_views,
        month_start_date

    from month_totals

)

select * from user_months
