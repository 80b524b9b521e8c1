-- Over the complete months, and per member between the month's opening and its close:
-- docs/decisions/0018-channel-economics.md

with

channels as (

    select * from {{ ref('dim_channels') }}

),

complete_months as (

    select * from {{ ref('util_months') }}

    where is_complete_month

),

users as (

    select * from {{ ref('dim_users') }}

),

revenue as (

    select * from {{ ref('int_revenue_by_segment_month') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

revenue_by_month as (

    select
        channel_code,
        month_start_date,
        sum(revenue_usd) as revenue_usd

    from revenue

    group by 1, 2

),

closing_members as (

    select
        users.channel_code,
        members.month_start_date,
        count(*) as members

    from members

    inner join users
        on members.user_id = users.user_id

    group by 1, 2

),

channel_average_revenue as (

    select
        channels.channel_code,
        {{ ratio(
            'sum(coalesce(revenue_by_month.revenue_usd, 0))',
            'sum(coalesce(opening.members, 0) + coalesce(closing.members, 0)) / 2.0',
            'numeric(12, 4)'
        ) }} as arm_usd

    from channels

    cross join complete_months

    left join revenue_by_month
        on
            channels.channel_code = revenue_by_month.channel_code
            and complete_months.month_start_date = revenue_by_month.month_start_date

    left join closing_members as opening
        on
            channels.channel_code = opening.channel_code
            and complete_months.previous_month_start_date = opening.month_start_date

    left join closing_members as closing
        on
            channels.channel_code = closing.channel_code
            and complete_months.month_start_date = closing.month_start_date

    group by 1

)

select * from channel_average_revenue
