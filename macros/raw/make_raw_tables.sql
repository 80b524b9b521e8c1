{% macro make_raw_tables() -%}
    {{ return(adapter.dispatch('make_raw_tables', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__make_raw_tables() -%}
    {#- `streaming load` and the build of a file make them. -#}
{%- endmacro %}

{% macro spark__make_raw_tables() -%}
    {#- Of a catalogue that knows no raw tables yet, over files that passed the checks. -#}
    {%- set files = env_var('STREAMING_SPARK_RAW', '') -%}
    {%- if execute and files and var('raw_data') == 'loaded' -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw' -%}
        {%- set columns = [] -%}
        {%- for name, type in node.config.meta.column_types.items() -%}
            {%- do columns.append(name ~ ' ' ~ type) -%}
        {%- endfor -%}
        {%- if loop.first -%}
            {%- do run_query('create schema if not exists ' ~ node.schema) -%}
        {%- endif -%}
        {%- do run_query(
            'create table if not exists ' ~ node.schema ~ '.' ~ node.identifier ~ ' ('
            ~ columns | join(', ') ~ ") using parquet location '" ~ files ~ '/'
            ~ node.identifier ~ "'"
        ) -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
