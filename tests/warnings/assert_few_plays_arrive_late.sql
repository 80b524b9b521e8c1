-- A row says that too many plays arrived many days after they began: figures of days
-- that were reported already have changed. What began before the first delivery, or on
-- its day, is history and not late.

{{ config(severity='warn') }}

with

arrivals as (

    select * from {{ ref('stg_streaming_app__viewing_days') }}

),

first_delivery as (

    select min(loaded_date) as first_loaded_date

    from {{ ref('stg_streaming_app__viewing_days') }}

    -- That day stands for plays of which nobody knows when they arrived.
    where loaded_date > cast('0001-01-01' as date)

),

arrival_counts as (

    select
        sum(arrivals.raw_rows) as arrivals,
        sum(
            case
                when
                    arrivals.loaded_date > {{ dbt.dateadd(
                        'day',
                        integer_var('warn_late_days', 1, 366),
                        'arrivals.viewed_date'
                    ) }}
                    then arrivals.raw_rows
                else 0
            end
        ) as late_arrivals

    from arrivals

    inner join first_delivery
        on arrivals.viewed_date > first_delivery.first_loaded_date

)

select * from arrival_counts

where
    10000 * late_arrivals
    > {{ integer_var('warn_late_per_ten_thousand', 0, 10000) }} * arrivals
