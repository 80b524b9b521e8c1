{% macro ratio(numerator, denominator, data_type='numeric(12, 6)') -%}
    cast(
        cast({{ numerator }} as numeric(30, 6))
        / nullif(cast({{ denominator }} as numeric(30, 6)), 0) as {{ data_type }}
    )
{%- endmacro %}
