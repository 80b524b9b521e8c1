-- From the sign-up to the first valid view after it: a clock that is wrong may put
-- a play before.

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
        plays.user_id,
        min(plays.started_at) as first_viewed_at

    from plays

    inner join users
        on
            plays.user_id = users.user_id
            and plays.started_at >= users.signed_up_at

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
