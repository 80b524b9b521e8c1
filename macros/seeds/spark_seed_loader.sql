{#
    The lines of a seed's file travel to Spark as texts, which it splits and casts: a
    cluster does not see the files of whoever calls it, and dbt's own way neither escapes
    quotes nor knows NULL from the text None. As in PostgreSQL, an unquoted empty field is
    NULL and "" is the empty string.
#}

{% materialization seed, adapter='spark' %}
    {%- set lines_per_batch = 20000 -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set present = load_cached_relation(this) -%}
    {%- set file = seed_file(model) -%}
    {#- What `dbt seed --show` prints. -#}
    {%- do store_result('agate_table', response='OK', agate_table=file) -%}
    {%- set lines = file.columns['line'].values() | map('default', '', true) | list -%}
    {%- set columns = seed_columns(model, lines[0]) -%}

    {%- do run_hooks(pre_hooks) -%}
    {%- if present -%}
        {%- do adapter.drop_relation(present) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create table {{ this }} (
            {%- for column in columns %}
            {{ column.quoted }} {{ column.type }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endcall -%}
    {%- for first in range(1, lines | length, lines_per_batch) -%}
        {%- do adapter.add_query(
            insert_lines_sql(columns, lines[first:first + lines_per_batch]),
            abridge_sql_log=True
        ) -%}
    {%- endfor -%}
    {%- do persist_docs(target, model) -%}
    {%- do run_hooks(post_hooks) -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% macro insert_lines_sql(columns, lines) %}
    {%- for line in lines if line.count('"') % 2 -%}
        {{ exceptions.raise_compiler_error(
            "Seed " ~ model.name ~ ": a quoted field does not end on its line, which Spark"
            ~ " cannot load: " ~ line
        ) }}
    {%- endfor -%}
    {%- set text = (lines | join('\n')).replace('\\', '\\\\').replace("'", "\\'") -%}
    insert into {{ this }}
    select
        {%- for column in columns %}
        cast(fields.{{ column.quoted }} as {{ column.type }}){{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            from_csv(
                line,
                '{{ columns | map(attribute="quoted") | join(" string, ") }} string',
                map('mode', 'FAILFAST', 'quote', '"', 'escape', '"')
            ) as fields
        from (select explode(split('{{ text }}', '\n')) as line) as lines_of_the_file
    ) as fields_of_the_file
{% endmacro %}
