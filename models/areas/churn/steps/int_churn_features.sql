with

churn_features as (

    {% for feature in churn_features() %}
        select
            '{{ feature.column }}' as column_name,
            '{{ feature.driver }}' as driver_code

        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

final as (

    select

        ---------- strings
        cast(column_name as {{ dbt.type_string() }}) as column_name,
        cast(driver_code as {{ dbt.type_string() }}) as driver_code

    from churn_features

)

select * from final
