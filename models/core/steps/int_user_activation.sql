-- From the sign-up to the first valid view.

with

users as (

    select * from {{ ref('stg_streaming_app__users') }}

    where cast(signed_up_at as date) <= {{ as_of_date() }}

),

plays as (

    select * from {{ ref('fct_viewing') }}

    where is_valid_view

),

first_views as (

    select
        user_id,
        min(started_at) as first_viewed_at

    from plays

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
