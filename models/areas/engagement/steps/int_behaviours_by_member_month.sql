-- One row per member, month and behaviour of the reviewed list, done or not.

with

member_months as (

    select * from {{ ref('int_engagement_by_member_month') }}

),

behaviours as (

    select * from {{ ref('stg_reference__behaviours') }}

),

behaviours_by_member_month as (

    select
        member_months.user_id,
        behaviours.behaviour_code,
        member_months.watch_time_quartile,
        case behaviours.behaviour_code
            when 'active_4_days' then member_months.active_days >= 4
            when 'three_genres' then member_months.genres >= 3
            when 'two_devices' then member_months.devices >= 2
            when 'big_screen' then member_months.big_screen_views > 0
            when 'autoplay' then member_months.autoplayed_views > 0
            when 'trailer' then member_months.trailers > 0
            when 'new_release' then member_months.new_release_views > 0
            when 'binge' then member_months.binges > 0
            when 'completion' then member_months.completions > 0
            when 'rating' then member_months.ratings > 0
        end as has_behaviour,
        member_months.is_retained,
        member_months.month_start_date

    from member_months

    cross join behaviours

)

select * from behaviours_by_member_month
