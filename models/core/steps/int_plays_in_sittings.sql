-- Plays of a title that follow each other within the gap belong to one sitting.
-- docs/decisions/0007-sitting.md

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main'

),

with_previous_end as (

    select
        play_id,
        user_id,
        content_id,
        started_at,
        max(ended_at) over (
            partition by user_id, content_id
            order by started_at, play_id
            rows between unbounded preceding and 1 preceding
        ) as previous_ended_at

    from plays

),

plays_in_sittings as (

    select
        play_id,
        user_id,
        content_id,
        previous_ended_at is null
        or started_at >= {{ dbt.dateadd(
            'minute', integer_var('session_gap_minutes', 1, 1440), 'previous_ended_at'
        ) }} as is_sitting_start

    from with_previous_end

)

select * from plays_in_sittings
