-- Of each model the newest fit on this raw data that does not know more than the data:
-- docs/decisions/0026-fitted-parameters.md

with

runs as (

    select * from {{ source('ml', 'runs') }}

    where
        raw_data = '{{ text_var("raw_data", ["sample", "loaded"]) }}'
        and as_of_date <= {{ as_of_date() }}

),

runs_by_recency as (

    select
        *,
        row_number() over (partition by model_name order by run_id desc) as recency_rank

    from runs

),

final as (

    select

        ---------- ids
        run_id,

        ---------- strings
        model_name,
        code_version,

        ---------- numerics
        trained_rows,

        ---------- dates
        as_of_date,
        trained_from_date,
        trained_until_date

    from runs_by_recency

    where recency_rank = 1

)

select * from final
