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

with_next_day as (

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
        with_next_day.user_id,
        with_next_day.region_code,
        windows.window_days,
        with_next_day.viewed_date as from_date,
        cast(
            case
                when
                    {{ dbt.datediff(
                        'with_next_day.viewed_date',
                        'with_next_day.next_viewed_date',
                        'day'
                    ) }} < windows.window_days
                    then with_next_day.next_viewed_date
                else {{ dbt.dateadd(
                    'day', 'windows.window_days', 'with_next_day.viewed_date'
                ) }}
            end as date
        ) as until_date

    from with_next_day

    cross join windows

)

select * from active_spans
