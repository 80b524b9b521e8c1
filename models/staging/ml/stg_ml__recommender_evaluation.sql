with

evaluation as (

    select * from {{ source('ml', 'recommender_evaluation') }}

),

runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'recommend'

),

final as (

    select

        ---------- strings
        evaluation.split_name,
        evaluation.model_name,
        evaluation.metric_name,

        ---------- numerics
        evaluation.metric_value,
        evaluation.lower_value,
        evaluation.upper_value,
        evaluation.setting_value,
        evaluation.taste_titles,
        evaluation.users,
        evaluation.held_out_choices,
        evaluation.titles,

        ---------- dates
        runs.trained_until_date

    from evaluation

    inner join runs
        on evaluation.run_id = runs.run_id

)

select * from final
