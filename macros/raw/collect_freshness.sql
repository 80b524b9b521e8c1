{# Called by `dbt source freshness`; of a mapped table its own place is asked. #}
{% macro default__collect_freshness(source, loaded_at_field, filter) -%}
    {%- set mapping = (var('raw_tables') or {}).get(source.identifier, {}) -%}
    {% call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        select
            max({{ (mapping.get('columns') or {}).get('loaded_at', loaded_at_field) }})
                as max_loaded_at,
            {{ current_timestamp() }} as snapshotted_at

        from {{ mapped_place(source) if mapping else source }}

        {% if filter -%}
            where {{ filter }}
        {%- endif %}
    {%- endcall %}
    {{ return(load_result('collect_freshness')) }}
{%- endmacro %}
