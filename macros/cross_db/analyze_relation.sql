{% macro analyze_relation(relation) -%}
    {{ return(adapter.dispatch('analyze_relation', 'streaming_analytics')(relation)) }}
{%- endmacro %}

{% macro default__analyze_relation(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

{% macro spark__analyze_relation(relation) -%}
    {#- Spark knows a table's size from its files, and plans anew while it runs. -#}
{%- endmacro %}

{% macro duckdb__analyze_relation(relation) -%}
    {#- DuckDB keeps its statistics by itself. -#}
{%- endmacro %}
