-- A row is a region and month in which the members of fct_user_months, or their
-- recurring revenue, are not those of the platform's growth.

with

user_months as (

    select
        region_code,
        month_start_date,
        sum(case when is_member then 1 else 0 end) as members,
        sum(mrr_usd) as mrr_usd

    from {{ ref('fct_user_months') }}

    group by 1, 2

),

growth as (

    select
        region_code,
        month_start_date,
        closing_members,
        closing_mrr_usd

    from {{ ref('agg_platform_growth_by_month') }}

)

select
    growth.region_code,
    growth.month_start_date,
    growth.closing_members,
    user_months.members,
    growth.closing_mrr_usd,
    user_months.mrr_usd

from growth

left join user_months
    on
        growth.region_code = user_months.region_code
        and growth.month_start_date = user_months.month_start_date

where
    growth.closing_members != coalesce(user_months.members, 0)
    or growth.closing_mrr_usd != coalesce(user_months.mrr_usd, 0)
