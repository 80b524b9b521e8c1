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
        sum(case when mrr_movement = 'churn' then mrr_change_usd else 0 end)
            as churn_mrr_usd,
        sum(mrr_usd) as closing_mrr_usd

    from user_months

    group by 1, 2

),

final as (

    select

        ---------- strings
        regions.region_code,

        ---------- numerics
        cast(coalesce(movements.opening_mrr_usd, 0) as numeric(14, 2))
            as opening_mrr_usd,
        cast(coalesce(movements.new_mrr_usd, 0) as numeric(14, 2))
            as new_mrr_usd,
        cast(coalesce(movements.reactivation_mrr_usd, 0) as numeric(14, 2))
            as reactivation_mrr_usd,
        cast(coalesce(movements.expansion_mrr_usd, 0) as numeric(14, 2))
            as expansion_mrr_usd,
        cast(coalesce(movements.contraction_mrr_usd, 0) as numeric(14, 2))
            as contraction_mrr_usd,
        cast(coalesce(movements.price_change_mrr_usd, 0) as numeric(14, 2))
            as price_change_mrr_usd,
        cast(coalesce(movements.churn_mrr_usd, 0) as numeric(14, 2))
            as churn_mrr_usd,
        cast(coalesce(movements.closing_mrr_usd, 0) as numeric(14, 2))
            as closing_mrr_usd,

        ---------- booleans
        months.is_complete_month,

        ---------- dates
        months.month_start_date

    from regions

    cross join months

    left join movements
        on
            regions.region_code = movements.region_code
            and months.month_start_date = movements.month_start_date

)

select * from final
