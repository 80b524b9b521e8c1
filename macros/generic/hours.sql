{% macro hours(seconds) -%}
    cast(cast({{ seconds }} as numeric(30, 6)) / 3600 as numeric(18, 4))
{%- endmacro %}
