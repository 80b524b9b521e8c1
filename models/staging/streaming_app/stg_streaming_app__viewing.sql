{# Stored, so that the search for the latest arrival is paid once. #}
{{ config(
    materialized='table',
    part=['play_id'],
    since='started_at',
    reads={'viewing': ['play_id'], 'viewing_2024': ['play_id'], 'viewing_2025': ['play_id']},
    reached_by={'stg_streaming_app__viewing_days': "
        select play_id from {raw viewing}
        where cast(started_at as date) in (select viewed_date from {changed})
            or started_at is null
        union all
        select play_id from {this}
        where cast(started_at as date) in (select viewed_date from {changed})
            or started_at is null"},
    post_hook='{{ analyze_relation(this) }}',
) }}

-- depends_on: {{ ref('stg_streaming_app__viewing_days') }}

with

source as (

    select * from {{ raw('viewing') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by play_id
            order by {{ latest_first('viewing') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        play_id,
        user_id,
        content_id,
        episode_id,

        ---------- strings
        lower(trim(device_code)) as device_code,
        lower(trim(play_type)) as play_type,

        ---------- numerics
        watched_seconds,
        paused_seconds,
        start_position_seconds,

        ---------- booleans
        is_autoplayed,

        ---------- timestamps
        started_at,
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
