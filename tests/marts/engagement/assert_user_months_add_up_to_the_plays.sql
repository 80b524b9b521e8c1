-- A row is a month whose seconds by account, or by bin of the distribution, are not the
-- seconds of its plays. That the titles and days of accounts add up to the plays is
-- what assert_titles_and_days_add_up_to_the_plays holds.

with

play_days as (

    select
        viewed_date,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_viewing_by_user_title_day') }}

    where not is_bot and plays > 0

    group by 1

),

plays as (

    select
        {{ month_start('viewed_date') }} as month_start_date,
        sum(watched_seconds) as watched_seconds

    from play_days

    group by 1

),

users as (

    select
        month_start_date,
        sum(watched_seconds) as watched_seconds

    from {{ ref('agg_viewing_by_user_month') }}

    group by 1

),

bins as (

    select
        month_start_date,
        sum(watched_seconds) as watched_seconds

    from {{ ref('agg_watch_time_distribution') }}

    group by 1

)

select
    bins.month_start_date,
    plays.watched_seconds,
    users.watched_seconds as seconds_of_users,
    bins.watched_seconds as seconds_of_bins

from bins

full outer join plays
    on bins.month_start_date = plays.month_start_date

full outer join users
    on bins.month_start_date = users.month_start_date

where
    coalesce(bins.watched_seconds, -1) != coalesce(plays.watched_seconds, 0)
    or coalesce(bins.watched_seconds, -1) != coalesce(users.watched_seconds, 0)
