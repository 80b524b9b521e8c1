{% macro hours(seconds) -%}
    cast(cast({{ seconds }} as numeric(24, 6)) / 3600 as numeric(16, 4))
{%- endmacro %}
