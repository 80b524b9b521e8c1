with

user_months as (

    select * from {{ ref('fct_user_months') }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

months as (

    select * from {{ ref('util_months') }}

),

movements as (

    select
        region_code,
        month_start_date,
        sum(previous_mrr_usd) as opening_mrr_usd,
        sum(case when mrr_movement = 'new' then mrr_change_usd else 0 end)
            as new_mrr_usd,
        sum(case when mrr_movement = 'reactivation' then mrr_change_usd else 0 end)
            as reactivation_mrr_usd,
        sum(case when mrr_movement = 'expansion' then mrr_change_usd else 0 end)
            as expansion_mrr_usd,
        sum(case when mrr_movement = 'contraction' then mrr_change_usd else 0 end)
            as contraction_mrr_usd,
        sum(case when mrr_movement = 'price_change' then mrr_change_usd else 0 end)
            as price_change_mrr_usd,
        sum(case when mrr_movement = 'rate' then mrr_change_usd else 0 end)
            as rate_mrr_usd,
        sum(case when mrr_movement = 'churn' then mrr_change_usd else 0 end)
            as churn_mrr_usd,
        sum(mrr_usd) as closing_mrr_usd,
        sum(constant_rate_mrr_usd) as closing_constant_rate_mrr_usd

    from user_months

    group by 1, 2

),

region_months as (

    select
        regions.region_code,
        months.month_start_date,
        months.is_complete_month,
        coalesce(movements.opening_mrr_usd, 0) as opening_mrr_usd,
        coalesce(movements.new_mrr_usd, 0) as new_mrr_usd,
        coalesce(movements.reactivation_mrr_usd, 0) as reactivation_mrr_usd,
        coalesce(movements.expansion_mrr_usd, 0) as expansion_mrr_usd,
        coalesce(movements.contraction_mrr_usd, 0) as contraction_mrr_usd,
        coalesce(movements.price_change_mrr_usd, 0) as price_change_mrr_usd,
        coalesce(movements.rate_mrr_usd, 0) as rate_mrr_usd,
        coalesce(movements.churn_mrr_usd, 0) as churn_mrr_usd,
        coalesce(movements.closing_mrr_usd, 0) as closing_mrr_usd,
        coalesce(movements.closing_constant_rate_mrr_usd, 0)
            as closing_constant_rate_mrr_usd

    from regions

    cross join months

    left join movements
        on
            regions.region_code = movements.region_code
            and months.month_start_date = movements.month_start_date

),

-- What losses leave of the opening, and gains against losses. Changes of price and
-- of exchange rates are in neither: docs/decisions/0031-revenue-retention.md
mrr_sums as (

    select
        *,
        opening_mrr_usd + churn_mrr_usd + contraction_mrr_usd as kept_mrr_usd,
        opening_mrr_usd + churn_mrr_usd + contraction_mrr_usd + expansion_mrr_usd
            as kept_and_expanded_mrr_usd,
        new_mrr_usd + reactivation_mrr_usd + expansion_mrr_usd as gained_mrr_usd,
        -(churn_mrr_usd + contraction_mrr_usd) as lost_mrr_usd

    from region_months

),

final as (

    select

        ---------- strings
        region_code,

        ---------- numerics
        cast(opening_mrr_usd as numeric(14, 2)) as opening_mrr_usd,
        cast(new_mrr_usd as numeric(14, 2)) as new_mrr_usd,
        cast(reactivation_mrr_usd as numeric(14, 2)) as reactivation_mrr_usd,
        cast(expansion_mrr_usd as numeric(14, 2)) as expansion_mrr_usd,
        cast(contraction_mrr_usd as numeric(14, 2)) as contraction_mrr_usd,
        cast(price_change_mrr_usd as numeric(14, 2)) as price_change_mrr_usd,
        cast(rate_mrr_usd as numeric(14, 2)) as rate_mrr_usd,
        cast(churn_mrr_usd as numeric(14, 2)) as churn_mrr_usd,
        cast(closing_mrr_usd as numeric(14, 2)) as closing_mrr_usd,
        cast(closing_constant_rate_mrr_usd as numeric(14, 2))
            as closing_constant_rate_mrr_usd,
        cast(kept_mrr_usd as numeric(14, 2)) as kept_mrr_usd,
        {{ ratio('kept_mrr_usd', 'opening_mrr_usd') }} as gross_retention_rate,
        cast(kept_and_expanded_mrr_usd as numeric(14, 2)) as kept_and_expanded_mrr_usd,
        {{ ratio('kept_and_expanded_mrr_usd', 'opening_mrr_usd') }}
            as net_retention_rate,
        cast(gained_mrr_usd as numeric(14, 2)) as gained_mrr_usd,
        cast(lost_mrr_usd as numeric(14, 2)) as lost_mrr_usd,
        {{ ratio('gained_mrr_usd', 'lost_mrr_usd', 'numeric(16, 4)') }} as quick_ratio,

        ---------- booleans
        is_complete_month,

        ---------- dates
        month_start_date

    from mrr_sums

)

select * from final
