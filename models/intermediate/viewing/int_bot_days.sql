{{ config(
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    reads={'stg_streaming_app__viewing_user_days': ['user_id', 'viewed_date']},
) }}

-- More playback than any household has time for: docs/decisions/0054-bots.md

with

user_days as (

    select * from {{ ref('stg_streaming_app__viewing_user_days') }}

),

bot_days as (

    select
        user_id,
        watched_seconds,
        viewed_date

    from user_days

    where watched_seconds > {{ integer_var('bot_day_hours', 1, 1000) }} * 3600

)

select * from bot_days
