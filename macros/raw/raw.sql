{% macro raw(table) -%}
    {%- if text_var('raw_data', ['sample', 'loaded']) == 'loaded' -%}
        {{ source('raw', table) }}
    {%- elif table == 'viewing' -%}
        {#- One file of every play would be larger than a repository should carry. -#}
        (
            select * from {{ ref('viewing_2024') }}
            union all
            select * from {{ ref('viewing_2025') }}
        ) as viewing
    {%- else -%}
        {{ ref(table) }}
    {%- endif -%}
{%- endmacro %}
