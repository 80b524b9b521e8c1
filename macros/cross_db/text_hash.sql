{% macro text_hash(column) -%}
    {{ return(adapter.dispatch('text_hash', 'streaming_analytics')(column)) }}
{%- endmacro %}

{% macro default__text_hash(column) -%}
    hashtextextended({{ column }}, 0)
{%- endmacro %}

{% macro duckdb__text_hash(column) -%}
    hash({{ column }})
{%- endmacro %}

{% macro spark__text_hash(column) -%}
    xxhash64({{ column }})
{%- endmacro %}
