{% macro whole_quotient(dividend, divisor) -%}
    {#- Of two integers PostgreSQL's / is whole already; DuckDB's and Spark's is not. -#}
    cast(
        floor(cast({{ dividend }} as numeric(30, 6)) / {{ divisor }}) as integer
    )
{%- endmacro %}
