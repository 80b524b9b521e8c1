{{ config(
    part=['user_id', 'month_start_date'],
    reads={'int_viewing_by_user_month': ['user_id', 'month_start_date']},
) }}

with

user_months as (

    select * from {{ ref('int_viewing_by_user_month') }}

    -- Who played nothing but trailers watched nothing.
    where plays > 0

),

final as (

    select

        ---------- ids
        user_id,

        ---------- numerics
        plays,
        valid_views,
        active_days,
        titles,
        watched_seconds,
        film_seconds,
        big_screen_seconds,
        autoplayed_seconds,
        {{ hours('watched_seconds') }} as watched_hours,

        ---------- dates
        month_start_date

    from user_months

)

select * from final
