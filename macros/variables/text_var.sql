{% macro text_var(name, allowed) -%}
    {%- set value = var(name) -%}
    {%- if value not in allowed -%}
        {{ exceptions.raise_compiler_error(
            "The variable " ~ name ~ " is '" ~ value ~ "'; use one of: " ~ allowed | join(', ') ~ "."
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
