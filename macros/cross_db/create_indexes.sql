{% macro duckdb__create_indexes(relation) -%}
    {#- DuckDB has one type of index, and knows the least and the greatest value of each
        block of rows by itself, as a BRIN index does. -#}
    {%- for index in config.get('indexes', default=[]) if 'type' not in index -%}
        {%- do run_query(get_create_index_sql(relation, index)) -%}
    {%- endfor -%}
{%- endmacro %}
