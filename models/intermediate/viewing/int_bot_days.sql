{{ config(
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    reads={'stg_streaming_app__viewing': {
        'user_id': 'user_id',
        'viewed_date': 'cast(started_at as date)',
    }},
) }}

-- More playback than any household has time for: docs/decisions/0054-bots.md

with

plays as (

    select
        user_id,
        watched_seconds,
        cast(started_at as date) as viewed_date

    from {{ ref('stg_streaming_app__viewing') }}

),

user_day_seconds as (

    select
        user_id,
        viewed_date,
        sum(watched_seconds) as watched_seconds

    from plays

    group by 1, 2

),

bot_days as (

    select
        user_id,
        cast(watched_seconds as bigint) as watched_seconds,
        viewed_date

    from user_day_seconds

    where watched_seconds > {{ integer_var('bot_day_hours', 1, 1000) }} * 3600

)

select * from bot_days
