{% macro iso_weekday(date) -%}
    {{ return(adapter.dispatch('iso_weekday', 'streaming_analytics')(date)) }}
{%- endmacro %}

{% macro default__iso_weekday(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(date) -%}
    {#- Spark has no isodow field; its weekday() counts from 0. -#}
    weekday({{ date }}) + 1
{%- endmacro %}
