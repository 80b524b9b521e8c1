{{ config(
    part=['user_id', 'viewed_date', 'content_id'],
    since='viewed_date',
    indexes=[
        {'columns': ['user_id', 'viewed_date', 'content_id', 'device_code'], 'unique': true}
    ],
    reads={'fct_viewing': ['user_id', 'viewed_date', 'content_id']},
    reached_by={'int_users_located': '
        select user_id, viewed_date, content_id from {fct_viewing}
        where user_id in (select user_id from {changed})'},
) }}

-- The plays are gone through once for all that only adds them up: a third of the rows
-- is left.

with

plays as (

    select
        *,
        play_type = 'main' as is_main

    from {{ ref('fct_viewing') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

title_days as (

    select
        plays.user_id,
        plays.content_id,
        plays.device_code,
        sum(case when plays.is_main then 1 else 0 end) as plays,
        sum(case when plays.is_main then 0 else 1 end) as trailers,
        sum(case when plays.is_valid_view then 1 else 0 end) as valid_views,
        sum(case when plays.is_main then plays.watched_seconds else 0 end)
            as watched_seconds,
        sum(
            case
                when
                    plays.is_valid_view
                    and plays.end_position_seconds is not null
                    and plays.runtime_seconds is not null
                    then 1
                else 0
            end
        ) as measured_views,
        sum(
            case
                when
                    plays.is_valid_view
                    and plays.end_position_seconds * 100
                    >= plays.runtime_seconds
                    * {{ integer_var('completer_percent', 1, 100) }}
                    then 1
                else 0
            end
        ) as finished_views,
        count(case when plays.is_main then plays.is_autoplayed end)
            as known_autoplay_plays,
        count(case when plays.is_valid_view then plays.is_autoplayed end)
            as known_autoplay_views,
        sum(case when plays.is_valid_view and plays.is_autoplayed then 1 else 0 end)
            as autoplayed_views,
        sum(
            case
                when plays.is_main and plays.is_autoplayed then plays.watched_seconds
                else 0
            end
        ) as autoplayed_seconds,
        plays.is_bot,
        plays.viewed_date,
        -- A clock that is wrong may put a play before the sign-up.
        min(
            case
                when plays.is_valid_view and plays.started_at >= users.signed_up_at
                    then plays.started_at
            end
        ) as first_viewed_at

    from plays

    left join users
        on plays.user_id = users.user_id

    group by
        plays.user_id,
        plays.content_id,
        plays.device_code,
        plays.is_bot,
        plays.viewed_date

),

viewing_by_user_title_day as (

    select
        user_id,
        content_id,
        device_code,
        cast(plays as integer) as plays,
        cast(trailers as integer) as trailers,
        cast(valid_views as integer) as valid_views,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(measured_views as integer) as measured_views,
        cast(finished_views as integer) as finished_views,
        cast(known_autoplay_plays as integer) as known_autoplay_plays,
        cast(known_autoplay_views as integer) as known_autoplay_views,
        cast(autoplayed_views as integer) as autoplayed_views,
        cast(autoplayed_seconds as bigint) as autoplayed_seconds,
        is_bot,
        viewed_date,
        first_viewed_at

    from title_days

)

select * from viewing_by_user_title_day
