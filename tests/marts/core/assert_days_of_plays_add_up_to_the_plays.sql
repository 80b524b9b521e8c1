-- A row is a day whose plays or seconds, which the checks of a build add up, are not
-- those of its plays. Once it has passed, it asks only the days of which a table has
-- changed since. It names a mart that nothing is made of, so that dbt holds no model
-- back until it ends.
-- depends_on: {{ ref('agg_viewing_by_hour') }}

{{ config(group='core') }}

{% set is_untested = untested_rows('viewed_date', [
    ref('fct_viewing'), ref('int_plays_by_day')
]) %}

with

plays as (

    select
        viewed_date,
        count(*) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('fct_viewing') }}

    where {{ is_untested }}

    group by 1

),

days as (

    select
        viewed_date,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_plays_by_day') }}

    where {{ is_untested }}

    group by 1

)

select
    coalesce(plays.viewed_date, days.viewed_date) as viewed_date,
    plays.plays,
    days.plays as plays_of_day,
    plays.watched_seconds,
    days.watched_seconds as seconds_of_day

from plays

full outer join days
    on plays.viewed_date = days.viewed_date

where
    coalesce(plays.plays, 0) != coalesce(days.plays, 0)
    or coalesce(plays.watched_seconds, 0) != coalesce(days.watched_seconds, 0)
