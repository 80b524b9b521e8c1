{% macro duckdb__generate_schema_name(custom_schema_name, node) -%}
    {#- A file is one target's alone, so its schemas have the names that they are published
        by, and a file that is opened elsewhere shows `mart_churn` and not `dev_mart_churn`. -#}
    {{ return((custom_schema_name or target.schema) | trim) }}
{%- endmacro %}
