with

rows_of_runs as (

    select * from {{ source('ml', 'churn_calibration') }}

),

current_runs as (

    select * from {{ ref('stg_ml__current_runs') }}

    where model_name = 'churn'

),

final as (

    select

        ---------- strings
        rows_of_runs.model_name,

        ---------- numerics
        rows_of_runs.risk_decile,
        rows_of_runs.member_months,
        rows_of_runs.losses,
        rows_of_runs.expected_losses

    from rows_of_runs

    inner join current_runs
        on rows_of_runs.run_id = current_runs.run_id

)

select * from final
