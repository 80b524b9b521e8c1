{{ config(
    materialized='table',
    part=['viewed_date'],
    since='viewed_date',
    reads={'stg_streaming_app__viewing': {
        'viewed_date': 'cast(started_at as date)',
    }},
) }}

-- What the checks of a build hold the marts to, so that they need not go through all
-- plays that were staged.

with

plays as (

    select
        watched_seconds,
        cast(started_at as date) as viewed_date,
        cast(loaded_at as date) as loaded_date,
        loaded_at

    from {{ ref('stg_streaming_app__viewing') }}

),

arrivals as (

    select
        cast(count(*) as integer) as plays,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        viewed_date,
        loaded_date,
        max(loaded_at) as last_loaded_at

    from plays

    group by
        viewed_date,
        loaded_date

)

select * from arrivals
