{% macro take_over_snapshots() -%}
    {{ return(adapter.dispatch('take_over_snapshots', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__take_over_snapshots() -%}
    {#- They are where they were: `streaming build` copies them into a new file. -#}
{%- endmacro %}

{% macro spark__take_over_snapshots() -%}
    {#- A build has a folder of its own, and history goes on from the one before. -#}
    {%- if execute and flags.WHICH in ('build', 'run', 'snapshot') -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'snapshot' -%}
        {%- set before = table_before(node.schema, node.alias) -%}
        {%- set target = api.Relation.create(
            schema=node.schema, identifier=node.alias, type='table'
        ) -%}
        {%- if before and load_cached_relation(target) is none -%}
            {%- do run_query('create table ' ~ target ~ ' as select * from ' ~ before) -%}
            {%- do adapter.cache_added(target) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
