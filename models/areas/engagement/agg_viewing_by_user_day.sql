{{ config(
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    reads={
        'fct_viewing': ['user_id', 'viewed_date'],
        'fct_sessions': {'user_id': 'user_id', 'viewed_date': 'session_date'},
    },
) }}

with

plays as (

    select * from {{ ref('fct_viewing') }}

    where play_type = 'main' and not is_bot

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

day_totals as (

    select
        user_id,
        viewed_date,
        count(*) as plays,
        sum(case when is_valid_view then 1 else 0 end) as valid_views,
        count(distinct case when is_valid_view then content_id end) as titles,
        sum(watched_seconds) as watched_seconds

    from plays

    group by 1, 2

),

final as (

    select

        ---------- ids
        day_totals.user_id,

        ---------- numerics
        cast(day_totals.plays as integer) as plays,
        cast(day_totals.valid_views as integer) as valid_views,
        cast(day_totals.titles as integer) as titles,
        cast(coalesce(sessions_by_day.sessions, 0) as integer) as sessions,
        cast(day_totals.watched_seconds as bigint) as watched_seconds,
        {{ hours('day_totals.watched_seconds') }} as watched_hours,

        ---------- booleans
        day_totals.valid_views > 0 as is_active,

        ---------- dates
        day_totals.viewed_date

    from day_totals

    left join sessions_by_day
        on
            day_totals.user_id = sessions_by_day.user_id
            and day_totals.viewed_date = sessions_by_day.session_date

)

select * from final
