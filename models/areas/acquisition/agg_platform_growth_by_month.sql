with

member_flows as (

    select * from {{ ref('int_member_flows_by_region_month') }}

),

revenue as (

    select * from {{ ref('int_revenue_by_segment_month') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

revenue_by_region_month as (

    select
        region_code,
        month_start_date,
        sum(revenue_usd) as revenue_usd,
        sum(cash_received_usd) as cash_received_usd,
        sum(refunded_usd) as refunded_usd

    from revenue

    group by 1, 2

),

signups_by_region_month as (

    select
        region_code,
        signup_month_start_date as month_start_date,
        count(*) as signups

    from users

    group by 1, 2

),

flows_with_revenue as (

    select
        member_flows.*,
        coalesce(signups_by_region_month.signups, 0) as signups,
        coalesce(revenue_by_region_month.revenue_usd, 0) as revenue_usd,
        coalesce(revenue_by_region_month.cash_received_usd, 0) as cash_received_usd,
        coalesce(revenue_by_region_month.refunded_usd, 0) as refunded_usd,
        (member_flows.opening_members + member_flows.closing_members) / 2.0
            as average_members,
        lag(member_flows.closing_members, 12) over (
            partition by member_flows.region_code
            order by member_flows.month_start_date
        ) as members_year_before

    from member_flows

    left join revenue_by_region_month
        on
            member_flows.region_code = revenue_by_region_month.region_code
            and member_flows.month_start_date = revenue_by_region_month.month_start_date

    left join signups_by_region_month
        on
            member_flows.region_code = signups_by_region_month.region_code
            and member_flows.month_start_date = signups_by_region_month.month_start_date

),

final as (

    select

        ---------- strings
        region_code,

        ---------- numerics
        cast(signups as integer) as signups,
        cast(opening_members as integer) as opening_members,
        cast(gross_adds as integer) as gross_adds,
        cast(cancels as integer) as cancels,
        cast(gross_adds - cancels as integer) as net_adds,
        cast(closing_members as integer) as closing_members,
        cast(average_members as numeric(12, 1)) as average_members,
        cast(closing_mrr_usd as numeric(14, 2)) as closing_mrr_usd,
        cast(revenue_usd as numeric(14, 2)) as revenue_usd,
        cast(cash_received_usd as numeric(14, 2)) as cash_received_usd,
        cast(refunded_usd as numeric(14, 2)) as refunded_usd,
        {{ ratio('revenue_usd', 'average_members', 'numeric(12, 4)') }} as arm_usd,
        {{ ratio('closing_members - opening_members', 'opening_members') }}
            as member_growth_rate,
        cast(members_year_before as integer) as members_year_before,
        {{ ratio('closing_members - members_year_before', 'members_year_before') }}
            as member_growth_year_rate,

        ---------- booleans
        is_complete_month,

        ---------- dates
        month_start_date

    from flows_with_revenue

)

select * from final
