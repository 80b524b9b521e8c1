{% macro hours(seconds) -%}
    {{ ratio(seconds, 3600, 'numeric(18, 4)') }}
{%- endmacro %}
