{{ config(
    part=['viewed_date'],
    since='viewed_date',
    reads={'fct_viewing': ['viewed_date']},
) }}

-- What the checks of a build add up, so that they need not go through all plays.

with

plays as (

    select * from {{ ref('fct_viewing') }}

),

plays_by_day as (

    select
        device_code,
        play_type,
        cast(count(*) as integer) as plays,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        is_bot,
        viewed_date

    from plays

    group by
        device_code,
        play_type,
        is_bot,
        viewed_date

)

select * from plays_by_day
