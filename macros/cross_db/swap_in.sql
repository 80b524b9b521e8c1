{#
    dbt's own materializations, step by step, in fewer statements. dbt renders a macro with
    a context of its own for each rename, each drop and each list of columns, which for most
    models takes longer than what they ask of PostgreSQL.
#}

{% materialization view, adapter='postgres' %}
    {%- set filled = make_intermediate_relation(this.incorporate(type='view')) -%}
    {{ return(swap_in(filled, get_create_view_as_sql(filled, sql))) }}
{% endmaterialization %}


{% macro swap_in(filled, create_sql) -%}
    {#- Makes the relation `filled` and puts it in the place of this model's. -#}
    {%- set target = this.incorporate(type=filled.type) -%}
    {%- set present = load_cached_relation(this) -%}
    {%- set replaced = make_backup_relation(target, (present or target).type) -%}

    {#- What a run that was killed left behind. -#}
    {%- for left_over in (filled, replaced) -%}
        {%- do drop_relation_if_exists(load_cached_relation(left_over)) -%}
    {%- endfor -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}

    {%- call statement('main') -%}{{ create_sql }}{%- endcall -%}
    {%- do create_indexes(filled) if filled.type == 'table' -%}
    {%- call statement('swap') -%}
        {%- if present %}
        alter {{ present.type }} {{ present }} rename to {{ adapter.quote(replaced.identifier) }};
        {%- endif %}
        alter {{ filled.type }} {{ filled }} rename to {{ adapter.quote(target.identifier) }};
        {%- if filled.type == 'table' %}
        {#- Of a new table PostgreSQL expects thousands of rows, which few have. #}
        analyze {{ target }};
        {%- endif %}
    {%- endcall -%}
    {%- if present -%}
        {%- do adapter.cache_renamed(present, replaced) -%}
    {%- endif -%}
    {%- do adapter.cache_renamed(filled, target) -%}

    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do apply_grants(
        target, config.get('grants'), should_revoke=should_revoke(present, full_refresh_mode=True)
    ) -%}
    {%- do persist_docs(target, model) -%}
    {%- do adapter.commit() -%}

    {%- if present -%}
        {#- After the commit, because dropping waits for readers of the old one. -#}
        {%- do drop_replaced(replaced) -%}
    {%- endif -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{ return({'relations': [target]}) }}
{%- endmacro %}


{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {#- All comments in one statement. An enforced contract has just been compared with the
        columns that are there; others are asked for by dbt's own macro. -#}
    {%- if not config.get('contract').enforced -%}
        {{ return(default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() -%}
            {%- set name = adapter.quote(column.name) if column.quote else column.name -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.' ~ name ~ ' is '
                ~ postgres_escape_comment(column.description) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- call statement('comments') -%}{{ comments | join('\n') }}{%- endcall -%}
    {%- endif -%}
{%- endmacro %}
