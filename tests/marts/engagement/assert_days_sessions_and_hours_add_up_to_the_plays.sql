-- A row is a day whose account days have not the plays and seconds of its plays, or
-- says that all sessions, or all hours of the day, have not those of all account days.
-- That the titles and days of accounts add up to the plays is what
-- assert_titles_and_days_add_up_to_the_plays holds. Once it has passed, it asks only
-- the days of which a table has changed since, and all sessions and hours.

{% set is_untested = untested_rows('viewed_date', [
    ref('int_viewing_by_user_title_day'), ref('agg_viewing_by_user_day')
]) %}

with

plays_by_day as (

    select
        viewed_date,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_viewing_by_user_title_day') }}

    where
        not is_bot
        and {{ is_untested }}

    group by 1

),

account_days as (

    select
        viewed_date,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('agg_viewing_by_user_day') }}

    where {{ is_untested }}

    group by 1

),

all_account_days as (

    select
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(watched_seconds), 0) as watched_seconds

    from {{ ref('agg_viewing_by_user_day') }}

),

ways as (

    select
        'sessions' as way,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(watched_seconds), 0) as watched_seconds

    from {{ ref('fct_sessions') }}

    union all

    select
        'hours of the day' as way,
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(watched_seconds), 0) as watched_seconds

    from {{ ref('agg_viewing_by_hour') }}

),

differences as (

    select
        'account days' as way,
        coalesce(plays_by_day.viewed_date, account_days.viewed_date) as viewed_date,
        coalesce(account_days.plays, 0) as plays_of_way,
        coalesce(plays_by_day.plays, 0) as plays,
        coalesce(account_days.watched_seconds, 0) as seconds_of_way,
        coalesce(plays_by_day.watched_seconds, 0) as watched_seconds

    from plays_by_day

    full outer join account_days
        on plays_by_day.viewed_date = account_days.viewed_date

    union all

    select
        ways.way,
        cast(null as date) as viewed_date,
        ways.plays as plays_of_way,
        all_account_days.plays,
        ways.watched_seconds as seconds_of_way,
        all_account_days.watched_seconds

    from all_account_days

    cross join ways

)

select * from differences

where
    plays_of_way != plays
    or seconds_of_way != watched_seconds
