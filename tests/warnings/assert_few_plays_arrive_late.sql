-- A row says that too many plays arrived many days after they began: figures of days
-- that were reported already have changed. What began before the first delivery is
-- history and not late.

{{ config(severity='warn') }}

with

plays as (

    select * from {{ ref('stg_streaming_app__viewing') }}

),

-- Asked by itself: a window over every play would write the plays down.
first_delivery as (

    select min(loaded_at) as first_loaded_at

    from {{ ref('stg_streaming_app__viewing') }}

),

play_counts as (

    select
        count(*) as plays,
        sum(
            case
                when
                    loaded_at > {{ dbt.dateadd(
                        'day', integer_var('warn_late_days', 1, 366), 'started_at'
                    ) }}
                    then 1
                else 0
            end
        ) as late_plays

    from plays

    where started_at >= (select first_delivery.first_loaded_at from first_delivery)

)

select * from play_counts

where
    10000 * late_plays
    > {{ integer_var('warn_late_per_ten_thousand', 0, 10000) }} * plays
