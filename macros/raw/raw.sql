{% macro raw(table) -%}
    {%- if text_var('raw_data', ['sample', 'loaded']) == 'loaded' -%}
        {%- if var('raw_tables') -%}
            {{ mapped_table(table) }}
        {%- else -%}
            {{ source('raw', table) }}
        {%- endif -%}
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
