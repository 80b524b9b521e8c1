{% macro churn_features() -%}
    {%- set kinds = ['number', 'flag', 'category'] -%}
    {%- for feature in var('churn_features') -%}
        {%- if not modules.re.fullmatch('[a-z_]{1,60}', feature.column | string)
            or not modules.re.fullmatch('[a-z_]{1,60}', feature.driver | string)
            or feature.kind not in kinds -%}
            {{ exceptions.raise_compiler_error(
                "The variable churn_features has " ~ feature ~ "; state column and driver"
                ~ " by their names, and as kind one of: " ~ kinds | join(', ') ~ "."
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(var('churn_features')) }}
{%- endmacro %}
