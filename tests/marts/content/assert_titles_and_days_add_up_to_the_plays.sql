-- A row is a title, or a day, of which the tables that only add plays up, by account or
-- by region, do not give its plays: some were lost, or counted twice, or are of another
-- title or day. Other tests hold marts to these tables, so that the plays are gone
-- through once. By title and day together there is a group to every few plays: four
-- times the cost.

{{ config(group='content') }}

with

plays as (

    select
        coalesce(content_id, 'every title') as content_id,
        coalesce(viewed_date, cast('0001-01-01' as date)) as viewed_date,
        count(*) as plays_and_trailers,
        sum(case when play_type = 'main' then 1 else 0 end) as plays,
        sum(case when is_valid_view then 1 else 0 end) as valid_views,
        sum(case when play_type = 'main' then watched_seconds else 0 end)
            as watched_seconds,
        sum(case when play_type = 'main' and is_bot then 1 else 0 end) as bot_plays,
        sum(case when play_type = 'main' and is_bot then watched_seconds else 0 end)
            as bot_seconds

    from {{ ref('fct_viewing') }}

    group by grouping sets ((content_id), (viewed_date))

),

account_days as (

    select
        coalesce(content_id, 'every title') as content_id,
        coalesce(viewed_date, cast('0001-01-01' as date)) as viewed_date,
        sum(plays + trailers) as plays_and_trailers,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds,
        sum(case when is_bot then plays else 0 end) as bot_plays,
        sum(case when is_bot then watched_seconds else 0 end) as bot_seconds

    from {{ ref('int_viewing_by_user_title_day') }}

    group by grouping sets ((content_id), (viewed_date))

),

-- Trailers alone are no row here.
region_days as (

    select
        coalesce(content_id, 'every title') as content_id,
        coalesce(viewed_date, cast('0001-01-01' as date)) as viewed_date,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_content_days') }}

    group by grouping sets ((content_id), (viewed_date))

)

select
    plays.content_id,
    plays.viewed_date,
    plays.plays_and_trailers,
    plays.plays,
    plays.watched_seconds,
    account_days.content_id as content_id_by_account,
    account_days.viewed_date as viewed_date_by_account,
    account_days.plays_and_trailers as plays_and_trailers_by_account,
    account_days.plays as plays_by_account,
    account_days.watched_seconds as seconds_by_account,
    region_days.content_id as content_id_by_region,
    region_days.viewed_date as viewed_date_by_region,
    region_days.plays as plays_by_region,
    region_days.watched_seconds as seconds_by_region

from plays

full outer join account_days
    on
        plays.content_id = account_days.content_id
        and plays.viewed_date = account_days.viewed_date

full outer join region_days
    on
        plays.content_id = region_days.content_id
        and plays.viewed_date = region_days.viewed_date

where
    coalesce(plays.plays_and_trailers, 0)
    != coalesce(account_days.plays_and_trailers, 0)
    or coalesce(plays.plays, 0) != coalesce(account_days.plays, 0)
    or coalesce(plays.valid_views, 0) != coalesce(account_days.valid_views, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(account_days.watched_seconds, 0)
    or coalesce(plays.bot_plays, 0) != coalesce(account_days.bot_plays, 0)
    or coalesce(plays.bot_seconds, 0) != coalesce(account_days.bot_seconds, 0)
    or coalesce(plays.plays, 0) != coalesce(region_days.plays, 0)
    or coalesce(plays.valid_views, 0) != coalesce(region_days.valid_views, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(region_days.watched_seconds, 0)
