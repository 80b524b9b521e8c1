-- A row is a day of which the tables that only add plays up, by account or by region,
-- do not give its plays: some were lost, or counted twice, or are of another title or
-- day. Other tests hold marts to these tables, so that the plays are gone through once.
-- A play of another title shows in the sum of the titles' hashes, each times what it
-- counts (1, and 2 for a play, 4 for a view, 8 for a bot's): a group for each title of
-- each day would be one to every few plays, at four times the cost. Once it has passed,
-- it asks only the days of which a table has changed since. It names a mart that
-- nothing is made of, so that dbt holds no model back until it ends.
-- depends_on: {{ ref('agg_viewing_by_hour') }}

{{ config(group='content') }}

{% set is_untested = untested_rows('viewed_date', [
    ref('fct_viewing'), ref('int_viewing_by_user_title_day'), ref('int_content_days')
]) %}

with

-- A remainder of each hash, so that the sum over a day of any platform fits a bigint.
plays_by_title as (

    select
        *,
        cast(mod({{ text_hash('content_id') }}, 1000003) as bigint) as title_hash

    from {{ ref('fct_viewing') }}

    where {{ is_untested }}

),

account_titles as (

    select
        *,
        cast(mod({{ text_hash('content_id') }}, 1000003) as bigint) as title_hash

    from {{ ref('int_viewing_by_user_title_day') }}

    where {{ is_untested }}

),

region_titles as (

    select
        *,
        cast(mod({{ text_hash('content_id') }}, 1000003) as bigint) as title_hash

    from {{ ref('int_content_days') }}

    where {{ is_untested }}

),

plays as (

    select
        viewed_date,
        count(*) as plays_and_trailers,
        sum(case when play_type = 'main' then 1 else 0 end) as plays,
        sum(case when is_valid_view then 1 else 0 end) as valid_views,
        sum(case when play_type = 'main' then watched_seconds else 0 end)
            as watched_seconds,
        sum(case when play_type = 'main' and is_bot then 1 else 0 end) as bot_plays,
        sum(case when play_type = 'main' and is_bot then watched_seconds else 0 end)
            as bot_seconds,
        sum(
            title_hash * (
                1
                + case when play_type = 'main' then 2 else 0 end
                + case when is_valid_view then 4 else 0 end
                + case when play_type = 'main' and is_bot then 8 else 0 end
            )
        ) as title_sum,
        sum(
            case
                when play_type != 'main' then 0
                when is_bot then 2 * title_hash * watched_seconds
                else title_hash * watched_seconds
            end
        ) as title_seconds_sum

    from plays_by_title

    group by 1

),

account_days as (

    select
        viewed_date,
        sum(plays + trailers) as plays_and_trailers,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds,
        sum(case when is_bot then plays else 0 end) as bot_plays,
        sum(case when is_bot then watched_seconds else 0 end) as bot_seconds,
        sum(
            title_hash * (
                trailers + case when is_bot then 11 else 3 end * plays + 4 * valid_views
            )
        ) as title_sum,
        sum(title_hash * case when is_bot then 2 else 1 end * watched_seconds)
            as title_seconds_sum,
        sum(title_hash * (plays + 2 * valid_views)) as people_and_bot_title_sum,
        sum(title_hash * watched_seconds) as people_and_bot_title_seconds_sum

    from account_titles

    group by 1

),

-- Trailers alone are no row here.
region_days as (

    select
        viewed_date,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds,
        sum(title_hash * (plays + 2 * valid_views)) as people_and_bot_title_sum,
        sum(title_hash * watched_seconds) as people_and_bot_title_seconds_sum

    from region_titles

    group by 1

)

select
    coalesce(plays.viewed_date, account_days.viewed_date, region_days.viewed_date)
        as viewed_date,
    plays.plays_and_trailers,
    plays.plays,
    plays.valid_views,
    plays.watched_seconds,
    account_days.plays_and_trailers as plays_and_trailers_by_account,
    account_days.plays as plays_by_account,
    account_days.valid_views as valid_views_by_account,
    account_days.watched_seconds as seconds_by_account,
    region_days.plays as plays_by_region,
    region_days.valid_views as valid_views_by_region,
    region_days.watched_seconds as seconds_by_region

from plays

full outer join account_days
    on plays.viewed_date = account_days.viewed_date

full outer join region_days
    on plays.viewed_date = region_days.viewed_date

where
    coalesce(plays.plays_and_trailers, 0)
    != coalesce(account_days.plays_and_trailers, 0)
    or coalesce(plays.plays, 0) != coalesce(account_days.plays, 0)
    or coalesce(plays.valid_views, 0) != coalesce(account_days.valid_views, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(account_days.watched_seconds, 0)
    or coalesce(plays.bot_plays, 0) != coalesce(account_days.bot_plays, 0)
    or coalesce(plays.bot_seconds, 0) != coalesce(account_days.bot_seconds, 0)
    or coalesce(plays.title_sum, 0) != coalesce(account_days.title_sum, 0)
    or coalesce(plays.title_seconds_sum, 0)
    != coalesce(account_days.title_seconds_sum, 0)
    or coalesce(plays.plays, 0) != coalesce(region_days.plays, 0)
    or coalesce(plays.valid_views, 0) != coalesce(region_days.valid_views, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(region_days.watched_seconds, 0)
    or coalesce(account_days.people_and_bot_title_sum, 0)
    != coalesce(region_days.people_and_bot_title_sum, 0)
    or coalesce(account_days.people_and_bot_title_seconds_sum, 0)
    != coalesce(region_days.people_and_bot_title_seconds_sum, 0)
