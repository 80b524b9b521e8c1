-- An active day keeps an account in a trailing window until the window has passed or
-- the next active day takes over, so the spans of an account never overlap and accounts
-- can be counted by adding up beginnings and endings.

with

active_days as (

    select
        user_id,
        viewed_date

    from {{ ref('agg_viewing_by_user_day') }}

    where is_active

),

users as (

    select * from {{ ref('int_users_located') }}

),

active_days_and_next as (

    select
        active_days.user_id,
        users.region_code,
        active_days.viewed_date,
        lead(active_days.viewed_date) over (
            partition by active_days.user_id order by active_days.viewed_date
        ) as next_viewed_date

    from active_days

    inner join users
        on active_days.user_id = users.user_id

),

windows as (

    select 1 as window_days

    union all

    select 7 as window_days

    union all

    select 28 as window_days

),

active_spans as (

    select
        active_days_and_next.user_id,
        active_days_and_next.region_code,
        windows.window_days,
        active_days_and_next.viewed_date as from_date,
        cast(
            case
                when
                    {{ dbt.datediff(
                        'active_days_and_next.viewed_date',
                        'active_days_and_next.next_viewed_date',
                        'day'
                    ) }} < windows.window_days
                    then active_days_and_next.next_viewed_date
                else {{ dbt.dateadd(
                    'day', 'windows.window_days', 'active_days_and_next.viewed_date'
                ) }}
            end as date
        ) as until_date

    from active_days_and_next

    cross join windows

)

select * from active_spans
