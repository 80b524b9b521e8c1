-- A row means that what the cohorts of all channels paid is not the platform's revenue.

with

cohorts as (

    select sum(revenue_to_date_usd) as revenue_usd

    from {{ ref('agg_channel_economics') }}

),

growth as (

    select sum(revenue_usd) as revenue_usd

    from {{ ref('agg_platform_growth_by_month') }}

)

select
    growth.revenue_usd,
    cohorts.revenue_usd as cohorts_revenue_usd

from growth

cross join cohorts

where growth.revenue_usd != cohorts.revenue_usd
