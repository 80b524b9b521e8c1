with

rows_of_runs as (

    select * from {{ source('ml', 'churn_coefficients') }}

),

current_runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'churn'

),

final as (

    select

        ---------- strings
        rows_of_runs.feature_name,
        rows_of_runs.column_name,
        rows_of_runs.category,

        ---------- numerics
        rows_of_runs.feature_mean,
        rows_of_runs.feature_deviation,
        rows_of_runs.coefficient

    from rows_of_runs

    inner join current_runs
        on rows_of_runs.run_id = current_runs.run_id

)

select * from final
