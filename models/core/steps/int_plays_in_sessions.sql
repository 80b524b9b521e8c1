{{ config(
    part=['user_id'],
    since='started_at',
    tail={'number': 'session_number', 'since': 'started_at'},
    reads={'fct_viewing': ['user_id']},
    indexes=[
        {'columns': ['play_id'], 'unique': true},
        {'columns': ['user_id', 'session_number']},
    ],
) }}

-- A session is a run of an account's plays, of whatever title, each starting within the
-- gap after the latest end before it, docs/decisions/0020-session-and-binge.md; a
-- sitting is one of the same title, docs/decisions/0007-sitting.md. The plays are
-- sorted once for both.

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

plays_after_previous as (

    select
        play_id,
        user_id,
        content_id,
        episode_id,
        device_code,
        watched_seconds,
        is_valid_view,
        is_bot,
        viewed_date,
        started_at,
        ended_at,
        max(ended_at) over (
            partition by user_id
            order by started_at, play_id
            rows between unbounded preceding and 1 preceding
        ) as previous_ended_at,
        max(ended_at) over (
            partition by user_id, content_id
            order by started_at, play_id
            rows between unbounded preceding and 1 preceding
        ) as previous_ended_at_of_title

    from plays

),

plays_and_starts as (

    select
        *,
        case
            when previous_ended_at is null then 1
            when
                started_at >= {{ dbt.dateadd(
                    'minute',
                    integer_var('session_gap_minutes', 1, 1440),
                    'previous_ended_at'
                ) }}
                then 1
            else 0
        end as is_session_start,
        previous_ended_at_of_title is null
        or started_at >= {{ dbt.dateadd(
            'minute',
            integer_var('session_gap_minutes', 1, 1440),
            'previous_ended_at_of_title'
        ) }} as is_sitting_start

    from plays_after_previous

),

plays_in_sessions as (

    select
        play_id,
        user_id,
        content_id,
        episode_id,
        device_code,
        cast(
            sum(is_session_start) over (
                partition by user_id
                order by started_at, play_id
                rows between unbounded preceding and current row
            ) as integer
        ) as session_number,
        watched_seconds,
        is_valid_view,
        is_bot,
        is_sitting_start,
        viewed_date,
        started_at,
        ended_at

    from plays_and_starts

)

select * from plays_in_sessions
