-- A row says that too many plays arrived again with other values. The last arrival
-- holds, yet a source that changes its mind this often is worth a look. Plays are
-- compared only if so many arrivals are repeated that there can be too many.

{{ config(severity='warn') }}

with

arrivals as (

    select sum(raw_rows) as arrivals

    from {{ ref('stg_streaming_app__viewing_days') }}

),

plays as (

    select count(*) as plays from {{ ref('stg_streaming_app__viewing') }}

),

suspicion as (

    select 1 as is_there

    from arrivals

    cross join plays

    where
        10000 * (arrivals.arrivals - plays.plays)
        > {{ integer_var('warn_conflicts_per_ten_thousand', 0, 10000) }} * plays.plays

),

repeated_plays as (

    select play_id as repeated_play_id

    from {{ raw('viewing') }}

    where exists (select suspicion.is_there from suspicion)

    group by 1

    having count(*) > 1

),

-- Few plays arrive again: only these are compared.
plays_compared as (

    select
        repeated_plays.repeated_play_id,
        case
            when
                min(viewing.watched_seconds) != max(viewing.watched_seconds)
                or min(viewing.started_at) != max(viewing.started_at)
                or min(viewing.user_id) != max(viewing.user_id)
                or min(viewing.content_id) != max(viewing.content_id)
                or min(viewing.device_code) != max(viewing.device_code)
                then 1
            else 0
        end as is_conflicting

    from {{ raw('viewing') }}

    inner join repeated_plays
        on viewing.play_id = repeated_plays.repeated_play_id

    group by 1

),

play_counts as (

    select
        min(plays.plays) as plays,
        sum(plays_compared.is_conflicting) as conflicting_plays

    from plays

    cross join plays_compared

)

select * from play_counts

where
    10000 * conflicting_plays
    > {{ integer_var('warn_conflicts_per_ten_thousand', 0, 10000) }} * plays
