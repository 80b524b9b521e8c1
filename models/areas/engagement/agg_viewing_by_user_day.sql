{{ config(
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    reads={
        'int_viewing_by_user_day': ['user_id', 'viewed_date'],
        'fct_sessions': {'user_id': 'user_id', 'viewed_date': 'session_date'},
    },
) }}

with

user_days as (

    select * from {{ ref('int_viewing_by_user_day') }}

    where not is_bot

),

sessions as (

    select * from {{ ref('fct_sessions') }}

),

sessions_by_day as (

    select
        user_id,
        session_date,
        count(*) as sessions

    from sessions

    group by 1, 2

),

final as (

    select

        ---------- ids
        user_days.user_id,

        ---------- numerics
        user_days.plays,
        user_days.valid_views,
        user_days.titles,
        cast(coalesce(sessions_by_day.sessions, 0) as integer) as sessions,
        user_days.watched_seconds,
        {{ hours('user_days.watched_seconds') }} as watched_hours,

        ---------- booleans
        user_days.valid_views > 0 as is_active,

        ---------- dates
        user_days.viewed_date

    from user_days

    left join sessions_by_day
        on
            user_days.user_id = sessions_by_day.user_id
            and user_days.viewed_date = sessions_by_day.session_date

)

select * from final
