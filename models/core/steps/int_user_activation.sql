-- From the sign-up to the first valid view after it.

with

users as (

    select * from {{ ref('stg_streaming_app__users') }}

    where cast(signed_up_at as date) <= {{ as_of_date() }}

),

user_days as (

    select * from {{ ref('int_viewing_by_user_day') }}

),

first_views as (

    select
        user_id,
        min(first_viewed_at) as first_viewed_at

    from user_days

    group by 1

),

user_activation as (

    select
        users.user_id,
        users.signed_up_at,
        first_views.first_viewed_at,
        cast(
            {{ dbt.datediff(
                'users.signed_up_at', 'first_views.first_viewed_at', 'second'
            ) }} as bigint
        ) as seconds_to_first_view

    from users

    left join first_views
        on users.user_id = first_views.user_id

)

select * from user_activation
