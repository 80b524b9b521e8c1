{% macro integer_var(name, lowest=0, highest=1000000) -%}
    {%- set value = var(name) -%}
    {%- if not modules.re.fullmatch('[0-9]{1,7}', value | string)
        or value | int < lowest or value | int > highest -%}
        {{ exceptions.raise_compiler_error(
            "The variable " ~ name ~ " is '" ~ value ~ "'; use a whole number from "
            ~ lowest ~ " to " ~ highest ~ "."
        ) }}
    {%- endif -%}
    {{ return(value | int) }}
{%- endmacro %}
