{{ config(
    part=['user_id'],
    since='viewed_date',
    tail={'number': 'active_day_number', 'since': 'viewed_date'},
    reads={'agg_viewing_by_user_day': ['user_id']},
    indexes=[{'columns': ['user_id', 'active_day_number'], 'unique': true}],
) }}

-- The active days of an account in order. Each knows the next, not the one before: so a
-- new day changes no row but the last.

with

active_days as (

    select
        user_id,
        viewed_date

    from {{ ref('agg_viewing_by_user_day') }}

    where is_active

),

days_in_order as (

    select
        user_id,
        cast(
            row_number() over (partition by user_id order by viewed_date) as integer
        ) as active_day_number,
        viewed_date,
        lead(viewed_date) over (
            partition by user_id order by viewed_date
        ) as next_viewed_date

    from active_days

)

select * from days_in_order
