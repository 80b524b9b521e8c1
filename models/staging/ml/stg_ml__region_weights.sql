with

weights as (

    select * from {{ source('ml', 'region_weights') }}

),

runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'recommend'

),

final as (

    select

        ---------- ids
        weights.content_id,

        ---------- strings
        weights.region_code,

        ---------- numerics
        weights.weight_billionths

    from weights

    inner join runs
        on weights.run_id = runs.run_id

)

select * from final
