{% test unique_combination_of_columns(model, columns) %}
    {#- Fails for each combination of values that stands in more than one row. -#}
    select
        {{ columns | join(', ') }},
        count(*) as rows_found

    from {{ model }}

    {%- if is_held_by_index(columns) %}

    where 1 = 0
    {%- endif %}

    group by {{ columns | join(', ') }}

    having count(*) > 1
{% endtest %}
