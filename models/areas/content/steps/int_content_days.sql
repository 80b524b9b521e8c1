{{ config(
    part=['viewed_date'],
    since='viewed_date',
    reads={'fct_viewing': ['viewed_date']},
    reached_by={'int_users_located': '
        select viewed_date from {fct_viewing}
        where user_id in (select user_id from {changed})'},
) }}

-- Watch time of a title on each day (UTC) on which anyone watched it, by region.

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

users as (

    select * from {{ ref('int_users_located') }}

),

content_days as (

    select
        plays.content_id,
        users.region_code,
        plays.viewed_date,
        count(*) as plays,
        sum(case when plays.is_valid_view then 1 else 0 end) as valid_views,
        cast(sum(plays.watched_seconds) as bigint) as watched_seconds

    from plays

    inner join users
        on plays.user_id = users.user_id

    group by 1, 2, 3

)

select * from content_days
