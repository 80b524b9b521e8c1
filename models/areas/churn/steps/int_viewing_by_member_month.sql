-- What a member's viewing looked like on each closing date, in windows of whole weeks
-- that end on it. Everything comes from plays up to that day: what is known of a title
-- for all time would tell the future.

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

months as (

    select * from {{ ref('util_months') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

days as (

    select * from {{ ref('util_days') }}

),

user_days as (

    select * from {{ ref('int_viewing_by_user_day') }}

),

-- Twelve weeks up to each closing date; a day is in three of them or fewer.
days_before_closing as (

    select
        months.month_start_date,
        months.closing_date,
        days.date_day,
        {{ dbt.datediff('days.date_day', 'months.closing_date', 'day') }}
            as days_before

    from months

    inner join days
        on
            months.closing_date >= days.date_day
            and days.date_day > {{ dbt.dateadd('day', -84, 'months.closing_date') }}

),

member_months as (

    select
        members.user_id,
        members.month_start_date,
        spells.started_date,
        {{ dbt.datediff('spells.started_date', 'months.closing_date', 'day') }}
        + 1 as days_with_access

    from members

    inner join months
        on members.month_start_date = months.month_start_date

    inner join spells
        on members.spell_id = spells.spell_id

),

watched_in_windows as (

    select
        member_months.user_id,
        member_months.month_start_date,
        sum(
            case
                when days_before_closing.days_before < 28
                    then user_days.watched_seconds
                else 0
            end
        ) as recent_seconds,
        sum(
            case
                when days_before_closing.days_before >= 28
                    then user_days.watched_seconds
                else 0
            end
        ) as earlier_seconds,
        sum(
            case
                when
                    days_before_closing.days_before < 28
                    and user_days.valid_views > 0
                    then 1
                else 0
            end
        ) as recent_active_days,
        sum(
            case
                when days_before_closing.days_before < 28
                    then user_days.valid_views
                else 0
            end
        ) as recent_views,
        sum(
            case
                when days_before_closing.days_before < 28
                    then user_days.measured_views
                else 0
            end
        ) as recent_measured_views,
        sum(
            case
                when days_before_closing.days_before < 28
                    then user_days.finished_views
                else 0
            end
        ) as recent_finished_views,
        min(
            case
                when user_days.valid_views > 0 then days_before_closing.days_before
            end
        ) as days_since_view

    from user_days

    inner join days_before_closing
        on user_days.viewed_date = days_before_closing.date_day

    inner join member_months
        on
            user_days.user_id = member_months.user_id
            and days_before_closing.month_start_date = member_months.month_start_date
            and user_days.viewed_date >= member_months.started_date

    group by 1, 2

),

viewing_by_member_month as (

    select
        member_months.user_id,
        cast(least(member_months.days_with_access, 28) as integer) as recent_days,
        cast(least(greatest(member_months.days_with_access - 28, 0), 56) as integer)
            as earlier_days,
        cast(coalesce(watched_in_windows.recent_seconds, 0) as bigint)
            as recent_seconds,
        cast(coalesce(watched_in_windows.earlier_seconds, 0) as bigint)
            as earlier_seconds,
        cast(coalesce(watched_in_windows.recent_active_days, 0) as integer)
            as recent_active_days,
        cast(coalesce(watched_in_windows.recent_views, 0) as integer) as recent_views,
        cast(coalesce(watched_in_windows.recent_measured_views, 0) as integer)
            as recent_measured_views,
        cast(coalesce(watched_in_windows.recent_finished_views, 0) as integer)
            as recent_finished_views,
        -- Who has not watched has gone without for as long as could be seen.
        cast(
            coalesce(
                watched_in_windows.days_since_view,
                least(member_months.days_with_access, 84)
            ) as integer
        ) as days_since_view,
        member_months.month_start_date

    from member_months

    left join watched_in_windows
        on
            member_months.user_id = watched_in_windows.user_id
            and member_months.month_start_date = watched_in_windows.month_start_date

)

select * from viewing_by_member_month
