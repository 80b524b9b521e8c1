{% macro postgres__drop_table(relation) -%}
    {#- Dropping a foreign key locks the table at its other end against readers. All at once,
        as `cascade` would, that deadlocks with a thread that reads several of them. -#}
    {%- set keys = run_query(
        "select conrelid::regclass::text, quote_ident(conname) from pg_constraint"
        ~ " where contype = 'f' and to_regclass('" ~ relation ~ "') in (conrelid, confrelid)"
        ~ " order by 1, 2"
    ) -%}
    {%- for child, name in keys.rows %}
    alter table if exists {{ child }} drop constraint if exists {{ name }};
    commit;
    {%- endfor %}
    drop table if exists {{ relation }} cascade
{%- endmacro %}
