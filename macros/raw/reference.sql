{% macro reference(table, columns, is_example=false) -%}
    {%- set shipped %}
        select
            {{ columns | join(', ') }},
            cast(null as {{ dbt.type_timestamp() }}) as loaded_at
        from {{ ref(table) }}
    {%- endset -%}
    (
    {%- if text_var('raw_data', ['sample', 'loaded']) == 'sample' %}
        {{ shipped }}
    {%- else %}
        select {{ columns | join(', ') }}, loaded_at from {{ raw(table) }}
        {%- if not is_example %}
        union all
        {{- shipped }}
        where not exists (select 1 from {{ raw(table) }})
        {%- endif %}
    {%- endif %}
    ) as {{ table }}
{%- endmacro %}
