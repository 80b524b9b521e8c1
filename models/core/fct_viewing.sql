{{ config(
    part=['play_id'],
    since='started_at',
    indexes=[
        {'columns': ['viewed_date'], 'type': 'btree'},
        {'columns': ['started_at'], 'type': 'brin'},
    ],
    reads={'stg_streaming_app__viewing': ['play_id']},
    reached_by={
        'int_users_located': '
            select play_id from {stg_streaming_app__viewing}
            where user_id in (select user_id from {changed})',
        'int_content_parts': '
            select play_id from {stg_streaming_app__viewing}
            where coalesce(episode_id, content_id) in (select part_id from {changed})',
        'int_bot_days': '
            select stg.play_id
            from {stg_streaming_app__viewing} as stg
            inner join {changed} as days
                on stg.user_id = days.user_id
                and cast(stg.started_at as date) = days.viewed_date',
        'util_as_of_date': '
            select play_id from {stg_streaming_app__viewing}
            where cast(started_at as date) > (select min(as_of_date) from {changed})
                and cast(started_at as date) <= (select max(as_of_date) from {changed})',
    },
) }}

with

viewing as (

    select * from {{ ref('stg_streaming_app__viewing') }}

    where cast(started_at as date) <= {{ as_of_date() }}

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

bot_days as (

    select * from {{ ref('int_bot_days') }}

),

plays_located as (

    select
        viewing.*,
        case
            when viewing.play_type = 'main' then content_parts.runtime_seconds
        end as runtime_seconds,
        {{ dbt.dateadd(
            'second',
            'viewing.watched_seconds + coalesce(viewing.paused_seconds, 0)',
            'viewing.started_at'
        ) }} as ended_at,
        {{ local_time('viewing.started_at', 'users.time_zone') }} as started_at_local,
        bot_days.user_id is not null as is_bot

    from viewing

    left join users
        on viewing.user_id = users.user_id

    left join content_parts
        on coalesce(viewing.episode_id, viewing.content_id) = content_parts.part_id

    left join bot_days
        on
            viewing.user_id = bot_days.user_id
            and cast(viewing.started_at as date) = bot_days.viewed_date

),

plays_and_threshold as (

    select
        *,
        case
            when
                runtime_seconds
                < {{ integer_var('short_form_runtime_seconds', 0, 36000) }}
                then least(
                    {{ integer_var('valid_view_seconds', 1, 3600) }},
                    runtime_seconds
                    * {{ integer_var('short_form_view_percent', 1, 100) }} / 100.0
                )
            else {{ integer_var('valid_view_seconds', 1, 3600) }}
        end as valid_view_from_seconds

    from plays_located

),

final as (

    select

        ---------- ids
        play_id,
        user_id,
        content_id,
        episode_id,

        ---------- strings
        device_code,
        play_type,

        ---------- numerics
        watched_seconds,
        paused_seconds,
        start_position_seconds,
        -- The least of a length and an unknown position would be the length.
        case
            when runtime_seconds is null or start_position_seconds is null
                then start_position_seconds + watched_seconds
            else least(start_position_seconds + watched_seconds, runtime_seconds)
        end as end_position_seconds,
        runtime_seconds,
        {{ iso_weekday('started_at_local') }} as local_weekday,
        cast(extract(hour from started_at_local) as integer) as local_hour,

        ---------- booleans
        is_autoplayed,
        play_type = 'main' and watched_seconds >= valid_view_from_seconds
            as is_valid_view,
        is_bot,

        ---------- dates
        cast(started_at as date) as viewed_date,
        cast(started_at_local as date) as local_viewed_date,

        ---------- timestamps
        started_at,
        ended_at,
        loaded_at

    from plays_and_threshold

)

select * from final
