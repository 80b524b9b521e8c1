{% macro unenforced_constraints() -%}
    {#- Kinds of constraints in a contract that the engine does not hold by itself. -#}
    {{ return(adapter.dispatch('unenforced_constraints', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__unenforced_constraints() -%}
    {{ return(['not_null', 'primary_key', 'foreign_key']) }}
{%- endmacro %}

{% macro postgres__unenforced_constraints() -%}
    {{ return([]) }}
{%- endmacro %}

{% macro duckdb__unenforced_constraints() -%}
    {{ return(['foreign_key']) }}
{%- endmacro %}
