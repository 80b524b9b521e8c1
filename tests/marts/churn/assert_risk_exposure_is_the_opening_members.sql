-- A row is a region whose exposure is not the sum of its opening members, or whose
-- cancels are not the spells that ended in a later month than they began.

{%- set churn_risk_months = integer_var('churn_risk_months', 1, 120) %}

with

churn as (

    select
        region_code,
        opening_members,
        row_number() over (
            partition by region_code order by month_start_date desc
        ) as recency_rank,
        month_start_date

    from {{ ref('agg_churn_by_region_month') }}

    where is_complete_month

),

spells as (

    select * from {{ ref('fct_subscriptions') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

spells_ended as (

    select
        users.region_code,
        {{ month_start('spells.ended_date') }} as month_start_date,
        count(*) as cancels

    from spells

    inner join users
        on spells.user_id = users.user_id

    where
        spells.is_paid
        and spells.paid_from_date < {{ month_start('spells.ended_date') }}

    group by 1, 2

),

expected as (

    select
        churn.region_code,
        sum(churn.opening_members) as exposure_months,
        sum(coalesce(spells_ended.cancels, 0)) as cancels

    from churn

    left join spells_ended
        on
            churn.region_code = spells_ended.region_code
            and churn.month_start_date = spells_ended.month_start_date

    where churn.recency_rank <= {{ churn_risk_months }}

    group by 1

),

risk as (

    select
        region_code,
        exposure_months,
        cancels

    from {{ ref('agg_churn_risk_by_region') }}

)

select
    risk.region_code,
    risk.exposure_months,
    expected.exposure_months as expected_exposure_months,
    risk.cancels,
    expected.cancels as expected_cancels

from risk

left join expected
    on risk.region_code = expected.region_code

where
    risk.exposure_months != coalesce(expected.exposure_months, 0)
    or risk.cancels != coalesce(expected.cancels, 0)
