-- The model's probability where it is trained, else the rate of the member's tenure and
-- plan: docs/decisions/0027-churn-risk.md

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

months as (

    select * from {{ ref('util_months') }}

),

churn_features as (

    select * from {{ ref('fct_churn_features') }}

),

baseline_rates as (

    select * from {{ ref('int_churn_baseline_rates') }}

),

churn_effects as (

    select * from {{ ref('int_churn_effects') }}

),

drivers as (

    select * from {{ ref('stg_reference__churn_drivers') }}

),

last_months as (

    select
        month_start_date,
        closing_date,
        row_number() over (order by month_start_date desc) as recency_rank

    from months

),

members_today as (

    select
        members.user_id,
        members.region_code,
        members.plan_code,
        members.tenure_months,
        members.monthly_price_usd,
        churn_features.user_id is null as has_asked_to_leave,
        last_months.closing_date

    from members

    inner join last_months
        on
            members.month_start_date = last_months.month_start_date
            and last_months.recency_rank = 1

    left join churn_features
        on
            members.user_id = churn_features.user_id
            and members.month_start_date = churn_features.month_start_date

),

log_odds as (

    select
        user_id,
        sum(log_odds_effect) as log_odds

    from churn_effects

    group by 1

),

driver_effects as (

    select
        user_id,
        driver_code,
        sum(log_odds_effect) as log_odds_effect

    from churn_effects

    where driver_code is not null

    group by 1, 2

),

-- Only what raises the risk: the average member has no drivers.
drivers_by_effect as (

    select
        driver_effects.user_id,
        driver_effects.driver_code,
        drivers.driver_name,
        row_number() over (
            partition by driver_effects.user_id
            order by driver_effects.log_odds_effect desc, driver_effects.driver_code asc
        ) as driver_rank

    from driver_effects

    inner join drivers
        on driver_effects.driver_code = drivers.driver_code

    where driver_effects.log_odds_effect > 0

),

top_drivers as (

    select
        user_id,
        max(case when driver_rank = 1 then driver_code end) as first_driver_code,
        max(case when driver_rank = 1 then driver_name end) as first_driver,
        max(case when driver_rank = 2 then driver_name end) as second_driver,
        max(case when driver_rank = 3 then driver_name end) as third_driver

    from drivers_by_effect

    group by 1

),

users_raised_or_not as (

    select
        user_id,
        sum(log_odds_effect) > 0 as is_raised

    from driver_effects

    group by 1

),

members_scored as (

    select
        members_today.user_id,
        members_today.region_code,
        members_today.plan_code,
        members_today.tenure_months,
        members_today.monthly_price_usd,
        members_today.has_asked_to_leave,
        members_today.closing_date,
        case
            when members_today.has_asked_to_leave then 'asked'
            when log_odds.log_odds is not null then 'model'
            when baseline_rates.loss_rate is not null then 'baseline'
            else 'unknown'
        end as risk_source,
        case
            when members_today.has_asked_to_leave then 1
            when log_odds.log_odds is not null
                then
                    1 / (
                        1 + exp(-greatest(least(log_odds.log_odds, 500), -500))
                    )
            else cast(baseline_rates.loss_rate as {{ type_double() }})
        end as churn_probability,
        cast(baseline_rates.loss_rate as numeric(18, 12)) as baseline_probability,
        case
            when members_today.has_asked_to_leave then 'asked'
            when log_odds.log_odds is null then 'unknown'
            when users_raised_or_not.is_raised then top_drivers.first_driver_code
            else 'none'
        end as action_driver_code,
        top_drivers.first_driver_code,
        top_drivers.first_driver,
        top_drivers.second_driver,
        top_drivers.third_driver

    from members_today

    left join baseline_rates
        on
            members_today.plan_code = baseline_rates.plan_code
            and members_today.tenure_months >= baseline_rates.from_months
            and members_today.tenure_months < baseline_rates.until_months

    left join log_odds
        on members_today.user_id = log_odds.user_id

    left join users_raised_or_not
        on members_today.user_id = users_raised_or_not.user_id

    left join top_drivers
        on members_today.user_id = top_drivers.user_id

),

-- Those who have asked to leave are in no decile: nothing is predicted of them.
scored_by_source as (

    select
        *,
        risk_source in ('model', 'baseline') as is_predicted

    from members_scored

),

members_by_risk as (

    select
        *,
        rank() over (
            partition by is_predicted order by churn_probability
        ) as risk_rank,
        count(*) over (partition by is_predicted) as ranked_members

    from scored_by_source

),

final as (

    select

        ---------- ids
        members_by_risk.user_id,

        ---------- strings
        members_by_risk.region_code,
        members_by_risk.plan_code,
        members_by_risk.risk_source,
        members_by_risk.first_driver_code,
        members_by_risk.first_driver,
        members_by_risk.second_driver,
        members_by_risk.third_driver,
        drivers.suggested_action,

        ---------- numerics
        members_by_risk.tenure_months,
        cast(members_by_risk.churn_probability as numeric(18, 12)) as churn_probability,
        members_by_risk.baseline_probability,
        case
            when members_by_risk.is_predicted
                then
                    {{ whole_quotient(
                        '(members_by_risk.risk_rank - 1) * 10',
                        'members_by_risk.ranked_members'
                    ) }} + 1
        end as risk_decile,
        cast(members_by_risk.monthly_price_usd as numeric(12, 2)) as mrr_usd,
        cast(
            members_by_risk.monthly_price_usd
            * cast(members_by_risk.churn_probability as numeric(18, 12))
            as numeric(12, 2)
        ) as mrr_at_risk_usd,

        ---------- booleans
        members_by_risk.has_asked_to_leave,

        ---------- dates
        members_by_risk.closing_date as as_of_date

    from members_by_risk

    inner join drivers
        on members_by_risk.action_driver_code = drivers.driver_code

)

select * from final
