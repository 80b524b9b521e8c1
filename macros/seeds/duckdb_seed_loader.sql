{#
    DuckDB reads a seed's file itself, with the types that its yml declares: dbt's own way
    looks at every cell in Python first. As in PostgreSQL, an unquoted empty field is NULL
    and "" is the empty string.
#}

{% materialization seed, adapter='duckdb' %}
    {%- set path = (model.root_path ~ '/' ~ model.original_file_path) | replace("'", "''") -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set header = run_query(
        "select column_name from (describe select * from read_csv('" ~ path ~ "',"
        ~ " header = true, delim = ',', all_varchar = true))"
    ).columns[0].values() -%}
    {%- set columns = seed_columns(model, header | join(',')) -%}

    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- call statement('main') -%}
        create or replace table {{ this }} as
        select * from read_csv(
            '{{ path }}',
            header = true,
            delim = ',',
            quote = '"',
            escape = '"',
            nullstr = '',
            allow_quoted_nulls = false,
            columns = {
                {%- for column in columns %}
                {{ column.quoted }}: '{{ column.type }}'{{ ',' if not loop.last }}
                {%- endfor %}
            }
        )
    {%- endcall -%}
    {#- What `dbt seed --show` prints. -#}
    {%- do store_result(
        'agate_table', response='OK', agate_table=run_query('select * from ' ~ this ~ ' limit 10')
    ) -%}
    {%- do persist_docs(target, model) -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
