{#
    Kept tables on Spark: docs/decisions/0067-increments-on-spark.md. No row is changed in
    place. The build before this one lies in a folder of its own, which nobody changes: a
    table is its rows of untouched parts and the new rows of touched ones, in new files.
#}

{% materialization table, adapter='spark' %}
    {%- if not is_kept(model) -%}
        {{ return(table_as_ever(sql)) }}
    {%- endif -%}
    {%- do require_reads() -%}
    {%- set reason = reason_to_build_whole(fingerprint_of(graph.nodes[model.unique_id], sql)) -%}
    {%- if reason -%}
        {%- set built = table_as_ever(sql) -%}
        {%- do store_raw_result('main', message='built whole: ' ~ reason, code='OK', rows_affected=none) -%}
        {{ return(built) }}
    {%- endif -%}
    {{ return(spark_touched_parts(sql)) }}
{% endmaterialization %}


{% macro spark__table_as_ever(sql) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set present = load_cached_relation(this) -%}
    {%- do run_hooks(pre_hooks) -%}
    {%- if present -%}
        {%- do adapter.drop_relation(present) -%}
    {%- endif -%}
    {%- call statement('main') -%}{{ create_table_as(False, target, sql) }}{%- endcall -%}
    {%- do apply_grants(target, config.get('grants'), should_revoke(present, true)) -%}
    {%- do persist_docs(target, model) -%}
    {%- do run_hooks(post_hooks) -%}
    {{ return({'relations': [target]}) }}
{%- endmacro %}


{% macro spark_touched_parts(sql) -%}
    {%- set parts = change_log(model.name ~ '__parts') -%}
    {%- set new = change_log(model.name ~ '__new') -%}
    {%- if not config.get('reads') -%}
        {%- set built = table_as_ever(sql) -%}
        {%- do log_changes(changed_rows_sql(rows_before(), this)) -%}
        {{ return(built) }}
    {%- endif -%}
    {%- set without = is_without_part(rows_before(), values_of_part(own_part())) -%}
    {%- set touched = is_touched(parts, own_part(), is_own=true) ~ ' or ' ~ without -%}
    {%- set columns = types_before().keys() | join(', ') -%}
    {%- set whole = rows_before() ~ ' as whole where ' -%}
    {%- do run_query('create table ' ~ parts ~ ' as ' ~ touched_parts_sql()) -%}
    {%- set steps = [] -%}
    {%- set inputs = touched_inputs(parts) -%}
    {%- for input in inputs -%}
        {%- do steps.append(input.rows ~ ' as (' ~ input.sql ~ ')') -%}
    {%- endfor -%}
    {%- do run_query(
        'create table ' ~ new ~ ' as ' ~ ('with ' ~ steps | join(', ') if steps) ~ ' '
        ~ new_rows_sql(sql, inputs, parts)
    ) -%}
    {%- set built = table_as_ever(
        'select ' ~ columns ~ ' from ' ~ whole ~ 'not (' ~ touched ~ ') union all select '
        ~ columns ~ ' from ' ~ new
    ) -%}
    {%- do log_changes(
        changed_rows_sql('(select * from ' ~ whole ~ touched ~ ') as old_rows', new)
    ) -%}
    {%- do run_query('drop table ' ~ parts) -%}
    {%- do run_query('drop table ' ~ new) -%}
    {%- do store_raw_result('main', message='built by parts', code='OK', rows_affected=none) -%}
    {{ return(built) }}
{%- endmacro %}


{% macro log_changes(sql) -%}
    {%- do run_query('create table ' ~ change_log(model.name) ~ ' as ' ~ sql) -%}
    {%- do adapter.cache_added(api.Relation.create(
        schema=change_schema(), identifier=model.name, type='table'
    )) -%}
{%- endmacro %}


{% macro table_before(schema, identifier) -%}
    {#- A table of the build before this one, as a relation; none when it had none.
        `streaming build` says in which folder it is, and what is there. -#}
    {%- if schema ~ '.' ~ identifier in env_var('STREAMING_SPARK_BEFORE_TABLES', '').split() -%}
        {{ return(
            'parquet.`' ~ env_var('STREAMING_SPARK_BEFORE') ~ '/warehouse/' ~ schema ~ '.db/'
            ~ identifier ~ '`'
        ) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}


{% macro spark__rows_before() -%}
    {{ return(table_before(this.schema, this.identifier)) }}
{%- endmacro %}


{% macro spark__is_there_to_keep() -%}
    {{ return(rows_before() is not none) }}
{%- endmacro %}


{% macro spark__known_builds() -%}
    {%- set known = {} -%}
    {%- set before = table_before(change_schema(), 'models') -%}
    {%- if before -%}
        {%- for row in run_query('select model_name, fingerprint from ' ~ before).rows -%}
            {#- What was built by parts has a log in this build. -#}
            {%- set log_of_changes = adapter.get_relation(none, change_schema(), row[0]) -%}
            {%- do known.update({
                row[0]: {'fingerprint': row[1], 'is_whole': log_of_changes is none}
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(known) }}
{%- endmacro %}


{% macro spark__types_before() -%}
    {%- set types = {} -%}
    {%- for row in run_query('describe query select * from ' ~ rows_before()).rows -%}
        {%- do types.update({adapter.quote(row[0]): row[1]}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}


{% macro spark__writing_of_change() -%}
    {#- A log is of one build. -#}
    {{ return([]) }}
{%- endmacro %}


{% macro spark__may_be_null(relation, values) -%}
    {#- Parquet holds no NOT NULL. -#}
    {{ return(values) }}
{%- endmacro %}


{% macro spark__ranges_of_parts(parts) -%}
    {#- It has no index of days. -#}
    {{ return({}) }}
{%- endmacro %}


{% macro spark__tails_sql(part, tail) -%}
    {#- Spark has no subquery that picks the last row before another. -#}
    {%- set changed, numbered, of_change, of_number = [], [], [], [] -%}
    {%- for column in part -%}
        {%- do changed.append('first_changes.' ~ column) -%}
        {%- do numbered.append('numbered.' ~ column) -%}
        {%- do of_change.append('kept.' ~ column ~ ' = first_changes.' ~ column) -%}
        {%- do of_number.append('kept.' ~ column ~ ' = numbered.' ~ column) -%}
    {%- endfor -%}
    , numbered as (
        select
            {{ changed | join(', ') }},
            changed_from,
            max(kept.{{ tail.number }}) as first_number
        from first_changes
        left join {{ rows_before() }} as kept
            on {{ of_change | join(' and ') }} and kept.{{ tail.since }} < changed_from
        group by {{ changed | join(', ') }}, changed_from
    )
    select
        {{ numbered | join(', ') }},
        coalesce(first_number, 1) as first_number,
        coalesce(min(kept.{{ tail.since }}), changed_from) as since
    from numbered
    left join {{ rows_before() }} as kept
        on {{ of_number | join(' and ') }} and kept.{{ tail.number }} = first_number
    group by {{ numbered | join(', ') }}, first_number, changed_from
{%- endmacro %}


{% macro spark__make_change_tables() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed', 'snapshot') -%}
        {%- do run_query('create schema if not exists ' ~ change_schema()) -%}
        {#- Whoever changes tables of a build with plain dbt changes what a fingerprint says. -#}
        {%- if env_var('STREAMING_SPARK_BEFORE', 'unknown') == 'unknown' -%}
            {%- do run_query('drop table if exists ' ~ change_schema() ~ '.models') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{% macro spark__tell_whole_builds(results) -%}
    {%- set models_of = {} -%}
    {%- for result in results if (result.message or '').startswith('built whole: ') -%}
        {%- do models_of.setdefault(
            result.message.removeprefix('built whole: '), []
        ).append(result.node.name) -%}
    {%- endfor -%}
    {%- for reason, models in models_of.items()
        if reason != not_there_yet() and not reason.endswith(' was built whole') -%}
        {%- do tell_whole_build(reason, models) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro spark__keep_fingerprints(results) -%}
    {%- set rows = [] -%}
    {%- for result in results
        if result.status == 'success' and result.node.resource_type == 'model'
        and is_kept(result.node) -%}
        {%- set node = graph.nodes[result.node.unique_id] -%}
        {%- do rows.append(
            "('" ~ node.name ~ "', '" ~ fingerprint_of(node, result.node.compiled_code) ~ "')"
        ) -%}
    {%- endfor -%}
    {%- if rows and env_var('STREAMING_SPARK_BEFORE', 'unknown') != 'unknown' -%}
        {%- set models = change_schema() ~ '.models' -%}
        {%- do run_query(
            'create table if not exists ' ~ models ~ ' (model_name string, fingerprint string)'
        ) -%}
        {%- do run_query('insert into ' ~ models ~ ' values ' ~ rows | join(', ')) -%}
    {%- endif -%}
{%- endmacro %}
