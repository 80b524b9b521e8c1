{% macro mapped_table(table) -%}
    {#- Named in each case, since it is what makes the model depend on the source. -#}
    {%- set source_table = source('raw', table) -%}
    {%- if not execute -%}
        {{ source_table }}
    {%- else -%}
        {%- set columns = column_types_of_raw(table) -%}
        {%- set expressions = mapped_expressions(table, columns) -%}
        (
            select
                {%- for column, type in columns.items() %}
                cast(
                    {{ expressions.get(column, 'null') }}
                    as {{ api.Column.translate_type(type) }}
                ) as {{ column }} {{- ',' if not loop.last }}
                {%- endfor %}

            {% if expressions -%}
                from {{ mapped_place(source_table) }}
            {%- else -%}
                where 1 = 0
            {%- endif %}
        ) as {{ table }}
    {%- endif -%}
{%- endmacro %}

{% macro column_types_of_raw(table) -%}
    {%- for node in graph.sources.values()
        if node.source_name == 'raw' and node.name == table -%}
        {{ return(node.config.meta.column_types) }}
    {%- endfor -%}
    {{ return({}) }}
{%- endmacro %}

{% macro mapped_expressions(table, columns) -%}
    {%- set tables = var('raw_tables') -%}
    {%- set known = [] -%}
    {%- for node in graph.sources.values() if node.source_name == 'raw' -%}
        {%- do known.append(node.name) -%}
    {%- endfor -%}
    {%- for name in tables if name not in known -%}
        {{ exceptions.raise_compiler_error(
            'raw_tables: there is no raw table ' ~ name ~ '; there are '
            ~ known | sort | join(', ')
        ) }}
    {%- endfor -%}
    {%- if table not in tables -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set expressions = tables[table].get('columns') or {} -%}
    {%- for name in expressions if name not in columns -%}
        {{ exceptions.raise_compiler_error(
            'raw_tables: ' ~ table ~ ' has no column ' ~ name ~ '; it has '
            ~ columns | join(', ')
        ) }}
    {%- endfor -%}
    {%- if 'loaded_at' not in expressions -%}
        {{ exceptions.raise_compiler_error(
            'raw_tables: ' ~ table ~ ' needs loaded_at, an expression of when the row '
            ~ 'reached the warehouse'
        ) }}
    {%- endif -%}
    {{ return(expressions) }}
{%- endmacro %}

{% macro mapped_place(source_table) -%}
    {#- What is not named is where the source says: schema raw of the same database. -#}
    {%- set named = var('raw_tables').get(source_table.identifier, {}) -%}
    {{ return(source_table.incorporate(path={
        'database': named.get('database', source_table.database),
        'schema': named.get('schema', source_table.schema),
        'identifier': named.get('table', source_table.identifier),
    })) }}
{%- endmacro %}
