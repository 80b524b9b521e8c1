with

plays as (

    select
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(watched_seconds), 0) as seconds
    from {{ ref('stg_streaming_app__viewing_arrivals') }}
    where viewed_date <= (select as_of_date from {{ ref('util_as_of_date') }})

),

published_plays as (

    select
        coalesce(sum(plays), 0) as plays,
        coalesce(sum(watched_seconds), 0) as seconds,
        coalesce(
            sum(watched_seconds) filter (where play_type = 'main' and not is_bot), 0
        ) as seconds_of_people
    from {{ ref('int_plays_by_day') }}

),

user_days as (

    select
        coalesce(sum(watched_seconds), 0) as seconds
    from {{ ref('agg_viewing_by_user_day') }}

)

select
    'plays in fct_viewing' as subject,
    plays.plays as accepted,
    published_plays.plays as in_marts
from plays
cross join published_plays

union all

select
    'seconds in fct_viewing',
    plays.seconds,
    published_plays.seconds
from plays
cross join published_plays

union all

select
    'seconds in agg_viewing_by_user_day',
    published_plays.seconds_of_people,
    user_days.seconds
from published_plays
cross join user_days

union all

select
    'accounts in dim_users',
    (select count(*) from {{ ref('stg_streaming_app__users') }}),
    (select count(*) from {{ ref('dim_users') }})
