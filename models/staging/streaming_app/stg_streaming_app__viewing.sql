{# Stored, so that the search for the latest arrival is paid once. The raw plays are
   named three times: a step that is read twice PostgreSQL would write down. An index
   finds staged plays of days between two bounds. #}
{{ config(
    materialized='table',
    part=['play_id'],
    since='started_at',
    indexes=[{'columns': ['(cast(started_at as date))'], 'type': 'btree'}],
    reads={'viewing': ['play_id'], 'viewing_2024': ['play_id'], 'viewing_2025': ['play_id']},
    reached_by={'stg_streaming_app__viewing_days': "
        select play_id from {raw viewing}
        where (
            coalesce(cast(started_at as date), cast('0001-01-01' as date)),
            coalesce(cast(loaded_at as date), cast('0001-01-01' as date))
        ) in (select viewed_date, loaded_date from {changed})
        union all
        select play_id from {this}
        where
            cast(started_at as date) >= (select min(viewed_date) from {changed})
            and cast(started_at as date) <= (select max(viewed_date) from {changed})
            and (
                cast(started_at as date),
                coalesce(cast(loaded_at as date), cast('0001-01-01' as date))
            ) in (select viewed_date, loaded_date from {changed})
        union all
        select play_id from {this}
        where
            cast(started_at as date) is null
            and (
                cast('0001-01-01' as date),
                coalesce(cast(loaded_at as date), cast('0001-01-01' as date))
            ) in (select viewed_date, loaded_date from {changed})"},
) }}

-- depends_on: {{ ref('stg_streaming_app__viewing_days') }}

with

repeated_plays as (

    select play_id as repeated_play_id

    from {{ raw('viewing') }}

    group by 1

    having count(*) > 1

),

arrived_once as (

    select
        viewing.*,
        1 as arrival_rank

    from {{ raw('viewing') }}

    left join repeated_plays
        on viewing.play_id = repeated_plays.repeated_play_id

    where repeated_plays.repeated_play_id is null

),

-- Of the rows of a play the last arrival holds.
arrived_again as (

    select
        viewing.*,
        row_number() over (
            partition by viewing.play_id
            order by {{ latest_first('viewing') }}
        ) as arrival_rank

    from {{ raw('viewing') }}

    inner join repeated_plays
        on viewing.play_id = repeated_plays.repeated_play_id

),

latest_arrivals as (

    select * from arrived_once

    union all

    select * from arrived_again

    where arrival_rank = 1

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

    from latest_arrivals

)

select * from renamed
