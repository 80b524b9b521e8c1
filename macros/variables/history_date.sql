{% macro history_date() -%}
    {%- set value = var('history_date') | string -%}
    {%- if not value -%}
        cast({{ as_of_date() }} as timestamp)
    {%- elif modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value) -%}
        cast('{{ value }}' as timestamp)
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "The variable history_date is '" ~ value ~ "'; use yyyy-mm-dd."
        ) }}
    {%- endif -%}
{%- endmacro %}
