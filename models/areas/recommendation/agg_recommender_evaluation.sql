with

evaluation as (

    select * from {{ ref('stg_ml__recommender_evaluation') }}

),

final as (

    select

        ---------- strings
        split_name,
        model_name,
        metric_name,

        ---------- numerics
        cast(metric_value as numeric(12, 6)) as metric_value,
        cast(lower_value as numeric(12, 6)) as lower_value,
        cast(upper_value as numeric(12, 6)) as upper_value,
        cast(setting_value as numeric(12, 2)) as setting_value,
        taste_titles,
        users,
        held_out_choices,
        titles,

        ---------- dates
        trained_until_date

    from evaluation

)

select * from final
