-- Scores and percentiles are among the accounts in scope: members on the last day, and
-- whoever was active in the window. docs/decisions/0022-engagement-segments.md

with

users as (

    select * from {{ ref('dim_users') }}

),

viewing as (

    select * from {{ ref('agg_viewing_by_user_day') }}

),

activation as (

    select * from {{ ref('int_user_activation') }}

),

viewing_in_window as (

    select
        user_id,
        sum(case when is_active then 1 else 0 end) as active_days,
        sum(watched_seconds) as watched_seconds

    from viewing

    where viewed_date > {{ dbt.dateadd('day', -28, as_of_date()) }}

    group by 1

),

last_views as (

    select
        user_id,
        max(viewed_date) as last_viewed_date

    from viewing

    where is_active

    group by 1

),

user_activity as (

    select
        users.user_id,
        users.is_member,
        users.signup_date,
        coalesce(viewing_in_window.active_days, 0) as active_days,
        coalesce(viewing_in_window.watched_seconds, 0) as watched_seconds,
        last_views.last_viewed_date,
        {{ dbt.datediff('last_views.last_viewed_date', as_of_date(), 'day') }}
            as recency_days,
        {{ dbt.datediff('users.signup_date', as_of_date(), 'day') }}
            as days_since_signup,
        activation.seconds_to_first_view,
        users.is_member or coalesce(viewing_in_window.active_days, 0) > 0 as is_in_scope

    from users

    left join viewing_in_window
        on users.user_id = viewing_in_window.user_id

    left join last_views
        on users.user_id = last_views.user_id

    left join activation
        on users.user_id = activation.user_id

),

-- An account that never watched is behind everyone who ever did.
users_by_activity as (

    select
        *,
        count(*) over (partition by is_in_scope) as scope_users,
        rank() over (
            partition by is_in_scope
            order by coalesce(recency_days, 100000) desc
        ) as recency_rank,
        rank() over (
            partition by is_in_scope order by active_days
        ) as frequency_rank,
        rank() over (
            partition by is_in_scope order by watched_seconds
        ) as volume_rank

    from user_activity

),

users_scored as (

    select
        *,
        case
            when is_in_scope
                then {{ whole_quotient('(recency_rank - 1) * 5', 'scope_users') }} + 1
        end as recency_score,
        case
            when is_in_scope
                then {{ whole_quotient('(frequency_rank - 1) * 5', 'scope_users') }} + 1
        end as frequency_score,
        case
            when is_in_scope
                then {{ whole_quotient('(volume_rank - 1) * 5', 'scope_users') }} + 1
        end as volume_score,
        case
            when is_in_scope
                then {{ whole_quotient('(volume_rank - 1) * 100', 'scope_users') }}
        end as watch_time_percentile

    from users_by_activity

),

final as (

    select

        ---------- ids
        user_id,

        ---------- strings
        case
            when not is_in_scope then 'gone'
            when days_since_signup < 28 then 'new'
            when active_days = 0 then 'dormant'
            when recency_days >= {{ integer_var('at_risk_recency_days', 1, 91) }}
                then 'at_risk'
            when
                watch_time_percentile
                >= {{ integer_var('heavy_viewer_percentile', 50, 99) }}
                then 'heavy'
            when
                watch_time_percentile
                < {{ integer_var('light_viewer_percentile', 1, 50) }}
                then 'light'
            else 'regular'
        end as segment,

        ---------- numerics
        cast(active_days as integer) as active_days_28d,
        cast(watched_seconds as bigint) as watched_seconds_28d,
        {{ hours('watched_seconds') }} as watched_hours_28d,
        cast(recency_days as integer) as recency_days,
        cast(recency_score as integer) as recency_score,
        cast(frequency_score as integer) as frequency_score,
        cast(volume_score as integer) as volume_score,
        cast(watch_time_percentile as integer) as watch_time_percentile,
        {{ hours('seconds_to_first_view') }} as hours_to_first_view,

        ---------- booleans
        is_member,
        is_in_scope,
        coalesce(seconds_to_first_view <= 86400, false) as is_activated_in_a_day,
        coalesce(seconds_to_first_view <= 604800, false) as is_activated_in_a_week,

        ---------- dates
        last_viewed_date

    from users_scored

)

select * from final
