{{ config(
    materialized='table',
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    reads={'stg_streaming_app__viewing': {
        'user_id': 'user_id',
        'viewed_date': 'cast(started_at as date)',
    }},
) }}

-- The first and last day of the plays, and days too long for a household, are asked for
-- before plays are known well; so the plays are gone through once for them.

with

plays as (

    select
        user_id,
        watched_seconds,
        cast(started_at as date) as viewed_date

    from {{ ref('stg_streaming_app__viewing') }}

),

user_days as (

    select
        user_id,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        viewed_date

    from plays

    group by
        user_id,
        viewed_date

)

select * from user_days
