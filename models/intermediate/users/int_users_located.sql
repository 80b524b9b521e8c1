{{ config(part=['user_id']) }}

with

users as (

    select * from {{ ref('stg_streaming_app__users') }}

),

countries as (

    select * from {{ ref('stg_reference__countries') }}

),

users_located as (

    select
        users.user_id,
        users.country_code,
        countries.region_code,
        countries.time_zone,
        users.channel_code,
        users.birth_date,
        cast(users.signed_up_at as date) as signup_date,
        users.signed_up_at

    from users

    inner join countries
        on users.country_code = countries.country_code

    where cast(users.signed_up_at as date) <= {{ as_of_date() }}

)

select * from users_located
