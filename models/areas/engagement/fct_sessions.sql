{{ config(
    part=['user_id', 'session_number'],
    since='session_date',
    reads={'int_plays_in_sessions': ['user_id', 'session_number']},
) }}

-- The plays are named twice: a step that is read twice PostgreSQL would write down.

with

plays as (

    select * from {{ ref('int_plays_in_sessions') }}

    where not is_bot

),

episode_views as (

    select * from {{ ref('int_plays_in_sessions') }}

    where
        not is_bot
        and is_valid_view
        and episode_id is not null

),

episodes_by_show as (

    select
        user_id,
        session_number,
        content_id,
        count(distinct episode_id) as episodes

    from episode_views

    group by 1, 2, 3

),

longest_runs as (

    select
        user_id,
        session_number,
        max(episodes) as episodes_of_one_show

    from episodes_by_show

    group by 1, 2

),

sessions as (

    select
        user_id,
        session_number,
        count(*) as plays,
        sum(case when is_valid_view then 1 else 0 end) as valid_views,
        count(distinct content_id) as titles,
        sum(watched_seconds) as watched_seconds,
        min(viewed_date) as session_date,
        min(started_at) as started_at,
        max(ended_at) as ended_at

    from plays

    group by 1, 2

),

final as (

    select

        ---------- ids
        sessions.user_id,

        ---------- numerics
        sessions.session_number,
        cast(sessions.plays as integer) as plays,
        cast(sessions.valid_views as integer) as valid_views,
        cast(sessions.titles as integer) as titles,
        cast(coalesce(longest_runs.episodes_of_one_show, 0) as integer)
            as episodes_of_one_show,
        cast(sessions.watched_seconds as bigint) as watched_seconds,

        ---------- booleans
        coalesce(longest_runs.episodes_of_one_show, 0)
        >= {{ integer_var('binge_episodes', 2, 20) }} as is_binge,

        ---------- dates
        sessions.session_date,

        ---------- timestamps
        sessions.started_at,
        sessions.ended_at

    from sessions

    left join longest_runs
        on
            sessions.user_id = longest_runs.user_id
            and sessions.session_number = longest_runs.session_number

)

select * from final
