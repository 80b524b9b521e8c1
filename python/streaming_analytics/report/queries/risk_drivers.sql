-- What raises the risk of those most at risk, by region, and ALL for the platform.
with

riskiest as (

    select
        region_code,
        mrr_at_risk_usd,
        coalesce(first_driver, 'No single reason') as driver,
        suggested_action

    from {{ ref('dim_user_churn_risk') }}

    where risk_decile >= 9 and risk_source = 'model'

)

select
    coalesce(region_code, 'ALL') as region_code,
    driver,
    min(suggested_action) as suggested_action,
    count(*) as members,
    sum(mrr_at_risk_usd) as mrr_at_risk_usd
from riskiest
group by grouping sets ((region_code, driver), (driver))
order by region_code asc, members desc, mrr_at_risk_usd desc, driver asc
