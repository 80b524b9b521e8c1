{% macro duckdb__get_table_columns_and_constraints() -%}
    {#- DuckDB refuses a foreign key into another schema. The relationships tests, which
        say the same, remain. -#}
    {%- set kept = model['constraints'] | rejectattr('type', 'equalto', 'foreign_key') | list -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set keys = adapter.render_raw_model_constraints(raw_constraints=kept) -%}
    (
        {{ (columns + keys) | join(',\n        ') }}
    )
{%- endmacro %}
