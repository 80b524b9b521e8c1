{{ config(severity='warn') }}

-- Warns of each plan and region that has members and no price on their closing dates:
-- their revenue counts as 0.

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

price_periods as (

    select * from {{ ref('int_price_periods') }}

),

months as (

    select * from {{ ref('util_months') }}

)

select distinct
    members.plan_code,
    members.region_code

from members

inner join months
    on members.month_start_date = months.month_start_date

left join price_periods
    on
        members.plan_code = price_periods.plan_code
        and members.region_code = price_periods.region_code
        and {{ holds_on('price_periods', 'months.closing_date') }}

where price_periods.plan_code is null
