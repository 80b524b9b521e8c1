{% macro latest_first(table) -%}
    {%- set columns = [] -%}
    {%- set seed = 'viewing_2024' if table == 'viewing' else table -%}
    {#- A unit test knows only its own part of the graph. -#}
    {%- for node in graph.get('sources', {}).values() if node.name == table -%}
        {%- do columns.extend(node.columns) -%}
    {%- endfor -%}
    {%- if not columns -%}
        {%- set node = graph.get('nodes', {}).get('seed.streaming_analytics.' ~ seed, {}) -%}
        {%- do columns.extend(node.get('columns', {})) -%}
    {%- endif -%}
    loaded_at desc nulls last
    {%- for column in columns if column != 'loaded_at' %}, {{ column }} nulls last {%- endfor -%}
{%- endmacro %}
