{% macro make_ml_tables() -%}
    {{ return(adapter.dispatch('make_ml_tables', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__make_ml_tables() -%}
    {#- The text runs as one hook. A table of an older declaration is made anew: what it
        holds was fitted, and can be fitted again. -#}
    {%- if execute -%}
    {%- for node in graph.sources.values() if node.source_name == 'ml' -%}
        {%- set relation = api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.identifier
        ) -%}
        {%- if loop.first -%}
            create schema if not exists {{ relation.include(database=false, identifier=false) }};
        {%- endif -%}
        {%- set present = load_relation(relation) -%}
        {%- if present is not none -%}
            {%- set names = adapter.get_columns_in_relation(present)
                | map(attribute='name') | list -%}
            {%- if names != node.columns.keys() | list %}
            drop table {{ relation }} cascade;
            {%- endif -%}
        {%- endif %}
            create table if not exists {{ relation }} (
            {%- for column in node.columns.values() %}
                {{ column.name }} {{ api.Column.translate_type(column.data_type) }}
                {{- ',' if not loop.last }}
            {%- endfor %}
            );
    {%- endfor %}
            {{ keep_hook() }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__make_ml_tables() -%}
    {#- Spark takes one statement at a time. -#}
    {%- if execute -%}
    {%- for node in graph.sources.values() if node.source_name == 'ml' -%}
        {%- set relation = api.Relation.create(schema=node.schema, identifier=node.identifier) -%}
        {%- if loop.first -%}
            {%- do run_query('create schema if not exists ' ~ node.schema) -%}
        {%- endif -%}
        {%- set present = load_relation(relation) -%}
        {%- if present is not none and adapter.get_columns_in_relation(present)
            | map(attribute='name') | list != node.columns.keys() | list -%}
            {%- do run_query('drop table ' ~ relation) -%}
        {%- endif -%}
        {%- set columns = [] -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append(column.name ~ ' ' ~ (
                type_double() if column.data_type == 'double precision' else column.data_type
            )) -%}
        {%- endfor -%}
        {%- do run_query(
            'create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')'
        ) -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
