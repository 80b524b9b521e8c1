{# Stored, so that tastes, which are kept, learn when it is another. #}
{{ config(materialized='table', part=['taste_titles']) }}

with

settings as (

    select * from {{ source('ml', 'recommender_settings') }}

),

runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'recommend'

),

final as (

    select

        ---------- numerics
        settings.penalty,
        settings.taste_titles

    from settings

    inner join runs
        on settings.run_id = runs.run_id

)

select * from final
