{% macro z_score() -%}
    1.959964
{%- endmacro %}
