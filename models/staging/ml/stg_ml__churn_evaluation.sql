with

rows_of_runs as (

    select * from {{ source('ml', 'churn_evaluation') }}

),

current_runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'churn'

),

final as (

    select

        ---------- strings
        rows_of_runs.model_name,
        rows_of_runs.metric_name,

        ---------- numerics
        rows_of_runs.metric_value,
        rows_of_runs.lower_value,
        rows_of_runs.upper_value,
        rows_of_runs.member_months,
        rows_of_runs.losses,

        ---------- dates
        rows_of_runs.held_out_from_date,
        rows_of_runs.held_out_until_date

    from rows_of_runs

    inner join current_runs
        on rows_of_runs.run_id = current_runs.run_id

)

select * from final
