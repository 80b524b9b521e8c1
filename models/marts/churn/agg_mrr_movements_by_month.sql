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
        {%- for movement in [
            'new', 'reactivation', 'expansion', 'contraction', 'price_change', 'churn'
        ] %}
        sum(case when mrr_movement = '{{ movement }}' then mrr_change_usd else 0 end)
            as {{ movement }}_mrr_usd,
        {%- endfor %}
        sum(mrr_usd) as closing_mrr_usd

    from user_months

    group by 1, 2

),

final as (

    select

        ---------- strings
        regions.region_code,

        ---------- numerics
        {%- for column in [
            'opening', 'new', 'reactivation', 'expansion', 'contraction', 'price_change',
            'churn', 'closing'
        ] %}
        cast(coalesce(movements.{{ column }}_mrr_usd, 0) as numeric(14, 2))
            as {{ column }}_mrr_usd,
        {%- endfor %}

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
