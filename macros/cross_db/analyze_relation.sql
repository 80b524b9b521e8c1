{% macro analyze_relation(relation) -%}
    {{ return(adapter.dispatch('analyze_relation', 'streaming_analytics')(relation)) }}
{%- endmacro %}

{% macro default__analyze_relation(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

{% macro spark__analyze_relation(relation) -%}
    {#- Spark keeps no statistics unless they are asked for by this longer name. -#}
    analyze table {{ relation }} compute statistics
{%- endmacro %}

{% macro duckdb__analyze_relation(relation) -%}
    {#- DuckDB keeps its statistics by itself. -#}
{%- endmacro %}
