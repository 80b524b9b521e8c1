-- A row is a region whose spells at risk are not its gross adds, or whose ends are not
-- its cancels.

with

survival as (

    select
        segment_code as region_code,
        sum(case when tenure_month = 0 then at_risk_spells else 0 end) as spells,
        sum(ended_spells) as ended_spells,
        sum(ended_spells + censored_spells) as observed_spells

    from {{ ref('agg_survival_by_segment') }}

    where segment_type = 'region'

    group by 1

),

churn as (

    select
        region_code,
        sum(gross_adds) as gross_adds,
        sum(cancels) as cancels

    from {{ ref('agg_churn_by_region_month') }}

    group by 1

)

select
    churn.region_code,
    churn.gross_adds,
    survival.spells,
    survival.observed_spells,
    churn.cancels,
    survival.ended_spells

from churn

left join survival
    on churn.region_code = survival.region_code

where
    churn.gross_adds != coalesce(survival.spells, 0)
    or churn.gross_adds != coalesce(survival.observed_spells, 0)
    or churn.cancels != coalesce(survival.ended_spells, 0)
