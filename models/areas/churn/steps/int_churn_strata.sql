-- Whole months only: each month of the year as often as the others.

with

months as (

    select * from {{ ref('util_months') }}

),

members_at_risk as (

    select * from {{ ref('int_members_at_risk_by_month') }}

),

complete_months as (

    select
        month_start_date,
        row_number() over (order by month_start_date desc) as recency_rank

    from months

    where is_complete_month

),

churn_strata as (

    select
        members_at_risk.region_code,
        members_at_risk.tenure_band,
        members_at_risk.plan_code,
        count(*) as exposure_months,
        sum(case when members_at_risk.is_cancel then 1 else 0 end) as cancels,
        sum(case when members_at_risk.end_reason = 'voluntary' then 1 else 0 end)
            as voluntary_cancels,
        sum(case when members_at_risk.end_reason = 'involuntary' then 1 else 0 end)
            as involuntary_cancels

    from members_at_risk

    inner join complete_months
        on members_at_risk.month_start_date = complete_months.month_start_date

    where
        complete_months.recency_rank
        <= {{ integer_var('churn_risk_months', 1, 120) }}

    group by 1, 2, 3

)

select * from churn_strata
