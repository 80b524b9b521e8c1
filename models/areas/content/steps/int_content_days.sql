{{ config(
    part=['viewed_date'],
    since='viewed_date',
    reads={'int_viewing_by_user_title_day': ['viewed_date']},
    reached_by={'int_users_located': '
        select viewed_date from {int_viewing_by_user_title_day}
        where user_id in (select user_id from {changed})'},
) }}

-- Watch time of a title on each day (UTC) on which anyone watched it, by region.

with

viewing as (

    select * from {{ ref('int_viewing_by_user_title_day') }}

    -- Trailers alone are no viewing.
    where plays > 0

),

users as (

    select * from {{ ref('int_users_located') }}

),

content_days as (

    select
        viewing.content_id,
        users.region_code,
        viewing.viewed_date,
        cast(sum(viewing.plays) as bigint) as plays,
        cast(sum(viewing.valid_views) as bigint) as valid_views,
        cast(sum(viewing.watched_seconds) as bigint) as watched_seconds

    from viewing

    inner join users
        on viewing.user_id = users.user_id

    group by 1, 2, 3

)

select * from content_days
