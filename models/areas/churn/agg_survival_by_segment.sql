-- The clock counts full months: a spell that ended in month m was at risk in m and is
-- gone from then on. docs/decisions/0014-survival.md

with

spells as (

    select * from {{ ref('fct_subscriptions') }}

    where is_paid

),

users as (

    select * from {{ ref('dim_users') }}

),

month_offsets as (

    select * from {{ ref('util_month_offsets') }}

),

-- Trials that were never paid have a spell number too, so paid spells count anew.
numbered_spells as (

    select
        spells.first_plan_code,
        spells.tenure_months,
        spells.is_censored,
        users.region_code,
        users.channel_code,
        row_number() over (
            partition by spells.user_id order by spells.paid_from_date
        ) as paid_spell_number

    from spells

    inner join users
        on spells.user_id = users.user_id

),

spells_in_segments as (

    select
        'all' as segment_type,
        'all' as segment_code,
        tenure_months,
        is_censored

    from numbered_spells

    union all

    select
        'region' as segment_type,
        region_code as segment_code,
        tenure_months,
        is_censored

    from numbered_spells

    union all

    select
        'plan' as segment_type,
        first_plan_code as segment_code,
        tenure_months,
        is_censored

    from numbered_spells

    union all

    select
        'channel' as segment_type,
        channel_code as segment_code,
        tenure_months,
        is_censored

    from numbered_spells

    union all

    select
        'spell' as segment_type,
        case
            when paid_spell_number = 1 then '1'
            when paid_spell_number = 2 then '2'
            else '3+'
        end as segment_code,
        tenure_months,
        is_censored

    from numbered_spells

),

spells_by_tenure as (

    select
        segment_type,
        segment_code,
        tenure_months,
        count(*) as spells,
        sum(case when is_censored then 0 else 1 end) as ended_spells,
        sum(case when is_censored then 1 else 0 end) as censored_spells

    from spells_in_segments

    group by 1, 2, 3

),

segments as (

    select
        segment_type,
        segment_code,
        max(tenure_months) as last_tenure_month

    from spells_by_tenure

    group by 1, 2

),

segment_months as (

    select
        segments.segment_type,
        segments.segment_code,
        month_offsets.months_since as tenure_month

    from segments

    inner join month_offsets
        on segments.last_tenure_month >= month_offsets.months_since

),

life_table as (

    select
        segment_months.segment_type,
        segment_months.segment_code,
        segment_months.tenure_month,
        coalesce(spells_by_tenure.ended_spells, 0) as ended_spells,
        coalesce(spells_by_tenure.censored_spells, 0) as censored_spells,
        sum(coalesce(spells_by_tenure.spells, 0)) over (
            partition by segment_months.segment_type, segment_months.segment_code
            order by segment_months.tenure_month desc
            rows between unbounded preceding and current row
        ) as at_risk_spells

    from segment_months

    left join spells_by_tenure
        on
            segment_months.segment_type = spells_by_tenure.segment_type
            and segment_months.segment_code = spells_by_tenure.segment_code
            and segment_months.tenure_month = spells_by_tenure.tenure_months

),

-- A month in which everyone at risk ended has no logarithm: survival is 0 from then on,
-- and neither Greenwood's variance nor an interval is defined.
month_terms as (

    select
        *,
        ln(
            nullif(cast(at_risk_spells - ended_spells as {{ type_double() }}), 0)
            / at_risk_spells
        ) as log_survival_term,
        ended_spells / nullif(
            cast(at_risk_spells as {{ type_double() }})
            * (at_risk_spells - ended_spells),
            0
        ) as greenwood_term,
        case when ended_spells = at_risk_spells then 1 else 0 end as all_ended

    from life_table

),

running_survival as (

    select
        *,
        sum(log_survival_term) over survival_clock as log_survival,
        sum(greenwood_term) over survival_clock as greenwood_sum,
        max(all_ended) over survival_clock as is_extinct

    from month_terms

    window survival_clock as (
        partition by segment_type, segment_code
        order by tenure_month
        rows between unbounded preceding and current row
    )

),

survival_estimates as (

    select
        segment_type,
        segment_code,
        tenure_month,
        at_risk_spells,
        ended_spells,
        censored_spells,
        case when is_extinct = 1 then 0 else exp(log_survival) end as survival,
        case
            when is_extinct = 0 then exp(log_survival) * sqrt(greenwood_sum)
        end as standard_error,
        -- Before the first end nothing varies and the interval is the point 1.
        case
            when is_extinct = 1 then null
            when log_survival = 0 then 0
            else {{ z_score() }} * sqrt(greenwood_sum) / -log_survival
        end as log_log_margin,
        case when is_extinct = 0 then log_survival end as log_survival

    from running_survival

),

final as (

    select

        ---------- strings
        segment_type,
        segment_code,

        ---------- numerics
        tenure_month,
        cast(at_risk_spells as integer) as at_risk_spells,
        cast(ended_spells as integer) as ended_spells,
        cast(censored_spells as integer) as censored_spells,
        {{ ratio('ended_spells', 'at_risk_spells') }} as hazard_rate,
        cast(survival as numeric(12, 6)) as survival_rate,
        cast(standard_error as numeric(12, 6)) as survival_rate_standard_error,
        cast(exp(log_survival * exp(log_log_margin)) as numeric(12, 6))
            as survival_rate_lower,
        cast(exp(log_survival * exp(-log_log_margin)) as numeric(12, 6))
            as survival_rate_upper

    from survival_estimates

)

select * from final
