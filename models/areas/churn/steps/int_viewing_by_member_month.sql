{{ config(
    part=['user_id', 'month_start_date'],
    indexes=[{'columns': ['user_id', 'month_start_date'], 'unique': true}],
    reads={'int_members_by_month': ['user_id', 'month_start_date']},
    reached_by={
        'int_viewing_by_user_day': "
            select changes.user_id, months.month_start_date
            from {changed} as changes
            inner join {util_months} as months
                on changes.viewed_date <= months.closing_date
                and changes.viewed_date > " ~ dbt.dateadd('day', -84, 'months.closing_date'),
        'int_subscription_spells': '
            select user_id, month_start_date from {int_members_by_month}
            where spell_id in (select spell_id from {changed})',
        'util_months': '
            select user_id, month_start_date from {int_members_by_month}
            where month_start_date in (select month_start_date from {changed})',
    },
) }}

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

user_days as (

    select * from {{ ref('int_viewing_by_user_day') }}

),

member_months as (

    select
        members.user_id,
        members.month_start_date,
        months.closing_date,
        spells.started_date,
        {{ dbt.datediff('spells.started_date', 'months.closing_date', 'day') }}
        + 1 as days_with_access

    from members

    inner join months
        on members.month_start_date = months.month_start_date

    inner join spells
        on members.spell_id = spells.spell_id

),

-- Twelve weeks up to each closing date; a day is in three of them or fewer.
days_before_closing as (

    select
        member_months.user_id,
        member_months.month_start_date,
        user_days.valid_views,
        user_days.watched_seconds,
        user_days.measured_views,
        user_days.finished_views,
        {{ dbt.datediff('user_days.viewed_date', 'member_months.closing_date', 'day') }}
            as days_before

    from member_months

    inner join user_days
        on
            member_months.user_id = user_days.user_id
            and member_months.started_date <= user_days.viewed_date
            and member_months.closing_date >= user_days.viewed_date
            and {{ dbt.dateadd('day', -84, 'member_months.closing_date') }}
            < user_days.viewed_date

),

watched_in_windows as (

    select
        user_id,
        month_start_date,
        sum(case when days_before < 28 then watched_seconds else 0 end)
            as recent_seconds,
        sum(case when days_before >= 28 then watched_seconds else 0 end)
            as earlier_seconds,
        sum(case when days_before < 28 and valid_views > 0 then 1 else 0 end)
            as recent_active_days,
        sum(case when days_before < 28 then valid_views else 0 end) as recent_views,
        sum(case when days_before < 28 then measured_views else 0 end)
            as recent_measured_views,
        sum(case when days_before < 28 then finished_views else 0 end)
            as recent_finished_views,
        min(case when valid_views > 0 then days_before end) as days_since_view

    from days_before_closing

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
