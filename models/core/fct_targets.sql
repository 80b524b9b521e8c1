with

targets as (

    select * from {{ ref('stg_reference__targets') }}

),

final as (

    select

        ---------- strings
        metric_name,

        ---------- numerics
        target_value,

        ---------- dates
        month_start_date

    from targets

)

select * from final
