{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double precision
{%- endmacro %}

{% macro spark__type_double() -%}
    {#- Spark's name for eight bytes; its float has four. -#}
    double
{%- endmacro %}
