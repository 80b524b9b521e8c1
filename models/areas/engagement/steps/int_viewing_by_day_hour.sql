{{ config(
    part=['viewed_date'],
    since='viewed_date',
    reads={'fct_viewing': ['viewed_date']},
    reached_by={'int_users_located': '
        select viewed_date from {fct_viewing}
        where user_id in (select user_id from {changed})'},
) }}

-- A play counts in the hour in which it began, on the clock of the account's country,
-- and stays with its day (UTC), so that a new day leaves the others as they are.

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main' and not is_bot

),

users as (

    select * from {{ ref('int_users_located') }}

),

day_hours as (

    select
        users.region_code,
        plays.device_code,
        plays.local_weekday,
        plays.local_hour,
        cast(count(*) as integer) as plays,
        cast(sum(plays.watched_seconds) as bigint) as watched_seconds,
        plays.viewed_date

    from plays

    inner join users
        on plays.user_id = users.user_id

    group by
        users.region_code,
        plays.device_code,
        plays.local_weekday,
        plays.local_hour,
        plays.viewed_date

)

select * from day_hours
