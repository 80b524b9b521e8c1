-- A row is a day and a day of arrival whose plays, seconds or last arrival, which the
-- checks of a build hold the marts to, are not those of the staged plays. Once it has
-- passed, it asks only the days of which staged plays have changed since. It names a
-- mart that nothing is made of, so that dbt holds no model back until it ends.
-- depends_on: {{ ref('agg_viewing_by_hour') }}

{% set day = 'cast(started_at as date)' %}
{% set tables = [ref('stg_streaming_app__viewing')] %}
{% set is_untested_when_staged = untested_rows(day, tables) %}
{% set is_untested = untested_rows(day, tables, named='viewed_date') %}

with

plays as (

    select
        cast(started_at as date) as viewed_date,
        cast(loaded_at as date) as loaded_date,
        count(*) as plays,
        sum(watched_seconds) as watched_seconds,
        max(loaded_at) as last_loaded_at

    from {{ ref('stg_streaming_app__viewing') }}

    where {{ is_untested_when_staged }}

    group by 1, 2

),

days as (

    select
        viewed_date,
        loaded_date,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds,
        max(last_loaded_at) as last_loaded_at

    from {{ ref('stg_streaming_app__viewing_arrivals') }}

    where {{ is_untested }}

    group by 1, 2

)

select
    coalesce(plays.viewed_date, days.viewed_date) as viewed_date,
    coalesce(plays.loaded_date, days.loaded_date) as loaded_date,
    plays.plays,
    days.plays as plays_of_day,
    plays.watched_seconds,
    days.watched_seconds as seconds_of_day,
    plays.last_loaded_at,
    days.last_loaded_at as last_loaded_at_of_day

from plays

full outer join days
    on
        coalesce(plays.viewed_date, cast('0001-01-01' as date))
        = coalesce(days.viewed_date, cast('0001-01-01' as date))
        and coalesce(plays.loaded_date, cast('0001-01-01' as date))
        = coalesce(days.loaded_date, cast('0001-01-01' as date))

where
    coalesce(plays.plays, 0) != coalesce(days.plays, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(days.watched_seconds, 0)
    or coalesce(plays.last_loaded_at, cast('0001-01-01' as timestamp))
    != coalesce(days.last_loaded_at, cast('0001-01-01' as timestamp))
