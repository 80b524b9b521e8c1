{% macro duckdb__generate_schema_name(custom_schema_name, node) -%}
    {#- A file is one target's alone, so its schemas have the names that they are published
        by, and a file that is opened elsewhere shows `mart_churn` and not `dev_mart_churn`. -#}
    {{ return((custom_schema_name or target.schema) | trim) }}
{%- endmacro %}

{% macro spark__generate_schema_name(custom_schema_name, node) -%}
    {#- So has a folder of Parquet that is one target's alone, whose own schema is Spark's
        `default`. In a catalogue that others use, each target has its prefix. -#}
    {%- if custom_schema_name and target.schema == 'default' -%}
        {{ return(custom_schema_name | trim) }}
    {%- endif -%}
    {{ return(default__generate_schema_name(custom_schema_name, node) | trim) }}
{%- endmacro %}
