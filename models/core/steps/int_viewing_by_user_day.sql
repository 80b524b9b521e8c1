{{ config(
    part=['user_id', 'viewed_date'],
    since='viewed_date',
    indexes=[{'columns': ['user_id', 'viewed_date'], 'unique': true}],
    reads={'int_viewing_by_user_title_day': ['user_id', 'viewed_date']},
) }}

with

viewing as (

    select * from {{ ref('int_viewing_by_user_title_day') }}

    -- Trailers alone are no viewing.
    where plays > 0

),

title_days as (

    select
        user_id,
        content_id,
        is_bot,
        viewed_date,
        sum(plays) as plays,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds,
        sum(measured_views) as measured_views,
        sum(finished_views) as finished_views,
        min(first_viewed_at) as first_viewed_at

    from viewing

    group by user_id, content_id, is_bot, viewed_date

),

user_days as (

    select
        user_id,
        cast(sum(plays) as integer) as plays,
        cast(sum(valid_views) as integer) as valid_views,
        cast(sum(case when valid_views > 0 then 1 else 0 end) as integer) as titles,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        cast(sum(measured_views) as integer) as measured_views,
        cast(sum(finished_views) as integer) as finished_views,
        is_bot,
        viewed_date,
        min(first_viewed_at) as first_viewed_at

    from title_days

    group by user_id, is_bot, viewed_date

)

select * from user_days
