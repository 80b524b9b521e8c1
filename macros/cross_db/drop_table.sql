{% macro postgres__drop_table(relation) -%}
    {#- Dropping a foreign key locks the table at its other end against readers. All at once,
        as `cascade` would, that deadlocks with a thread that reads several of them. -#}
    {%- for key in foreign_keys_at(relation) %}
    alter table if exists {{ key.child }} drop constraint if exists {{ key.name }};
    commit;
    {%- endfor %}
    drop table if exists {{ relation }} cascade
{%- endmacro %}

{% macro foreign_keys_at(relation) -%}
    {#- The foreign keys that lead from a table or to it; `is_own`: from it. -#}
    {%- set keys = [] -%}
    {%- for row in run_query(
        "select conrelid::regclass::text, quote_ident(conname),"
        ~ " conrelid = to_regclass('" ~ relation ~ "')"
        ~ " from pg_constraint"
        ~ " where contype = 'f' and to_regclass('" ~ relation ~ "') in (conrelid, confrelid)"
        ~ " order by 1, 2"
    ).rows -%}
        {%- do keys.append({'child': row[0], 'name': row[1], 'is_own': row[2]}) -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}

{% macro drop_replaced(replaced) -%}
    {#- A table with foreign keys is emptied now and dropped when the run ends: its drop would
        wait for every reader of the tables that its keys lead to, and hold up others. One
        that keys lead to has to go at once, so that no new row is held against it. -#}
    {%- set keys = foreign_keys_at(replaced) if replaced.type == 'table' else [] -%}
    {%- set is_put_off = keys and keys | map(attribute='is_own') | min -%}
    {%- call statement('drop', auto_begin=False) -%}
        {{ 'truncate ' ~ replaced if is_put_off else get_drop_sql(replaced) }}
    {%- endcall -%}
    {%- do adapter.cache_dropped(replaced) if not is_put_off -%}
{%- endmacro %}

{% macro drop_replaced_tables(results) -%}
    {{ return(adapter.dispatch('drop_replaced_tables', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__drop_replaced_tables(results) -%}
{%- endmacro %}

{% macro postgres__drop_replaced_tables(results) -%}
    {#- What `drop_replaced` left, when no thread of the run reads any more. -#}
    {%- set names = [] -%}
    {%- for result in results if execute and result.node.resource_type == 'model' -%}
        {%- set table = api.Relation.create(
            database=result.node.database, schema=result.node.schema,
            identifier=result.node.alias, type='table'
        ) -%}
        {%- do names.append(make_backup_relation(table, 'table') | string) -%}
    {%- endfor -%}
    {%- if names -%}
        {%- for row in run_query(
            "select name from unnest(array['" ~ names | join("', '") ~ "']) as replaced (name)"
            ~ " where to_regclass(name) is not null order by name"
        ).rows %}
            {{ postgres__drop_table(row[0]) }};
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
