{% macro as_of_date() -%}
    {%- set value = var('as_of_date') | string -%}
    {%- if not value -%}
        (select as_of_date from {{ ref('util_as_of_date') }})
    {%- elif modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) -%}
        cast('{{ value }}' as date)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "The variable as_of_date is '" ~ value ~ "'; use yyyy-mm-dd, or leave it empty"
            ~ " for the last day of the data."
        ) }}
    {%- endif -%}
{%- endmacro %}
