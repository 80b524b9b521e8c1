{% macro duckdb__create_indexes(relation) -%}
    {#- An index whose type is named is for PostgreSQL: DuckDB knows the least and the
        greatest value of each block of rows by itself. -#}
    {%- for index in config.get('indexes', default=[]) if 'type' not in index -%}
        {%- do run_query(get_create_index_sql(relation, index)) -%}
    {%- endfor -%}
{%- endmacro %}
