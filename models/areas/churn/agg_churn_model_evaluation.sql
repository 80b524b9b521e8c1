-- How well the churn model, and the plain rate beside it, predicted the held-out
-- months.

with

evaluation as (

    select * from {{ ref('stg_ml__churn_evaluation') }}

),

final as (

    select

        ---------- strings
        model_name,
        metric_name,

        ---------- numerics
        cast(metric_value as numeric(12, 6)) as metric_value,
        cast(lower_value as numeric(12, 6)) as lower_value,
        cast(upper_value as numeric(12, 6)) as upper_value,
        member_months,
        losses,

        ---------- dates
        held_out_from_date,
        held_out_until_date

    from evaluation

)

select * from final
