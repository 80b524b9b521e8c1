{% macro keep_hook() -%}
    {{ return(adapter.dispatch('keep_hook', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__keep_hook() -%}
{%- endmacro %}

{% macro duckdb__keep_hook() -%}
    {#- Its adapter takes back what a hook did unless the hook commits it. -#}
    commit;
{%- endmacro %}
