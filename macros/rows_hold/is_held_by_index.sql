{% macro is_held_by_index(columns) -%}
    {#- Whether a unique index of the tested model lets no two rows have the same values, so
        that no scan has to look for them. -#}
    {{ return(adapter.dispatch('is_held_by_index', 'streaming_analytics')(columns)) }}
{%- endmacro %}

{% macro default__is_held_by_index(columns) -%}
    {{ return(false) }}
{%- endmacro %}

{% macro postgres__is_held_by_index(columns) -%}
    {%- for index in (tested_node() or {}).get('config', {}).get('indexes', []) -%}
        {%- if index.unique and index.columns | sort == columns | sort -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
