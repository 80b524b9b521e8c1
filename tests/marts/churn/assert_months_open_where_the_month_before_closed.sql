-- A row is a region and month that opens with other members or another recurring
-- revenue than the month before closed with.

with

members as (

    select
        region_code,
        month_start_date,
        opening_members,
        lag(closing_members, 1, 0) over (
            partition by region_code order by month_start_date
        ) as previous_closing_members

    from {{ ref('agg_churn_by_region_month') }}

),

revenue as (

    select
        region_code,
        month_start_date,
        opening_mrr_usd,
        lag(closing_mrr_usd, 1, 0.00) over (
            partition by region_code order by month_start_date
        ) as previous_closing_mrr_usd

    from {{ ref('agg_mrr_movements_by_month') }}

)

select
    members.region_code,
    members.month_start_date,
    members.opening_members,
    members.previous_closing_members,
    revenue.opening_mrr_usd,
    revenue.previous_closing_mrr_usd

from members

full outer join revenue
    on
        members.region_code = revenue.region_code
        and members.month_start_date = revenue.month_start_date

where
    members.opening_members != members.previous_closing_members
    or revenue.opening_mrr_usd != revenue.previous_closing_mrr_usd
    or members.region_code is null
    or revenue.region_code is null
