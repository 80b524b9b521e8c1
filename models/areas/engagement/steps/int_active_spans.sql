-- An active day keeps an account in a trailing window until the window has passed or
-- the next active day takes over, so the spans of an account never overlap and accounts
-- can be counted by adding up beginnings and endings. Spans of the same days are
-- counted together, which leaves few rows of many accounts.

with

active_days as (

    select * from {{ ref('int_active_days') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

-- The longest window lasts 28 days.
active_day_counts as (

    select
        users.region_code,
        active_days.viewed_date,
        least(
            coalesce(
                {{ dbt.datediff(
                    'active_days.viewed_date',
                    'active_days.next_viewed_date',
                    'day'
                ) }}, 28
            ), 28
        ) as days_to_next,
        count(*) as users

    from active_days

    inner join users
        on active_days.user_id = users.user_id

    group by 1, 2, 3

),

windows as (

    select 1 as window_days

    union all

    select 7 as window_days

    union all

    select 28 as window_days

),

window_counts as (

    select
        active_day_counts.region_code,
        windows.window_days,
        active_day_counts.viewed_date,
        least(active_day_counts.days_to_next, windows.window_days) as span_days,
        sum(active_day_counts.users) as users

    from active_day_counts

    cross join windows

    group by 1, 2, 3, 4

),

active_spans as (

    select
        region_code,
        window_days,
        cast(users as integer) as users,
        viewed_date as from_date,
        cast({{ dbt.dateadd('day', 'span_days', 'viewed_date') }} as date) as until_date

    from window_counts

)

select * from active_spans
