{# What changed in kept models since the last build that was green, and published if it was
   to be. A log has a model's rows as they were (sign < 0) and as they are (sign > 0). #}

{% macro change_schema() -%}
    {{ return(generate_schema_name('changes', none)) }}
{%- endmacro %}


{% macro make_change_tables() -%}
    {{ return(adapter.dispatch('make_change_tables', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__make_change_tables() -%}
{%- endmacro %}

{% macro postgres__make_change_tables() -%}
    create schema if not exists {{ change_schema() }};
    create table if not exists {{ change_schema() }}.models (
        model_name text primary key,
        relation_name text not null,
        fingerprint text not null,
        is_whole boolean not null,
        since_column text,
        reason text,
        changed_rows bigint not null default 0
    );
    -- Which rules all its rows hold, and how many had changed then: known_rules.
    alter table {{ change_schema() }}.models
        add column if not exists rules_held text,
        add column if not exists changed_rows_when_held bigint;
    -- What a test passed on, of each table that it reads: untested_rows.
    create table if not exists {{ change_schema() }}.passed_tests (
        test_name text,
        model_name text,
        asked text not null,
        changed_rows bigint not null,
        primary key (test_name, model_name)
    );
{%- endmacro %}


{% macro change_log(name) -%}
    {{ return(change_schema() ~ '.' ~ adapter.quote(name)) }}
{%- endmacro %}


{% macro mark_as_whole(fingerprint, reason) -%}
    {% call statement('mark') %}
        {%- if fingerprint %}
        drop table if exists {{ change_log(model.name) }};
        create table {{ change_log(model.name) }} as
        select *, cast(0 as bigint) as change_sign from {{ this }} limit 0;
        {%- endif %}
        insert into {{ change_schema() }}.models
            (model_name, relation_name, fingerprint, is_whole, since_column, reason)
        values (
            '{{ model.name }}',
            '{{ this }}',
            '{{ fingerprint }}',
            true,
            nullif('{{ config.get('since') or '' }}', ''),
            '{{ reason }}'
        )
        on conflict (model_name) do update
        set
            relation_name = excluded.relation_name,
            fingerprint = excluded.fingerprint,
            is_whole = true,
            since_column = excluded.since_column,
            reason = excluded.reason
    {% endcall %}
    {% do adapter.commit() %}
{%- endmacro %}


{# One line for each reason that tables were built whole for, but for those that follow
   from another table's, and those that were not there yet. #}
{% macro tell_whole_builds(results) -%}
    {{ return(adapter.dispatch('tell_whole_builds', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__tell_whole_builds(results) -%}
{%- endmacro %}

{% macro postgres__tell_whole_builds(results) -%}
    {%- set names = [] -%}
    {%- for result in results
        if result.node.resource_type == 'model' and result.status == 'success' -%}
        {%- do names.append(result.node.name) -%}
    {%- endfor -%}
    {%- if not execute or not names -%}
        {{ return('') }}
    {%- endif -%}
    {%- set found = run_query(
        "select reason, string_agg(model_name, ', ' order by model_name)"
        ~ " from " ~ change_schema() ~ ".models"
        ~ " where reason <> '" ~ not_there_yet() ~ "' and reason not like '% was built whole'"
        ~ " and model_name in ('" ~ names | join("', '") ~ "')"
        ~ " group by reason order by reason"
    ) -%}
    {%- for reason, models in found.rows -%}
        {%- do tell_whole_build(reason, models.split(', ')) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro tell_whole_build(reason, models) -%}
    {%- do log('built whole, because ' ~ reason ~ ': ' ~ (
        models | sort | join(', ') if models | length <= 3 else (models | length) ~ ' tables'
    ), info=true) -%}
{%- endmacro %}


{# When every kept model was built, each has taken in what is logged. What is to be
   published is needed until then: `streaming publish` forgets it. #}
{% macro forget_changes(results) -%}
    {{ return(adapter.dispatch('forget_changes', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__forget_changes(results) -%}
{%- endmacro %}

{% macro postgres__forget_changes(results) -%}
    {%- if not execute or target.name == 'candidate' -%}
        {{ return('') }}
    {%- endif -%}
    {%- set built = results | selectattr('status', 'equalto', 'success')
        | map(attribute='node.unique_id') | list -%}
    {%- set kept = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and is_kept(node) -%}
        {%- if node.unique_id not in built -%}
            {{ return('') }}
        {%- endif -%}
        {%- do kept.append(change_log(node.name)) -%}
    {%- endfor -%}
    truncate {{ kept | join(', ') }};
    {#- Rows that came after the test of their rules, or of their sums, would never be asked. #}
    delete from {{ change_schema() }}.passed_tests
    using {{ change_schema() }}.models
    where
        models.model_name = passed_tests.model_name
        and models.changed_rows <> passed_tests.changed_rows;
    update {{ change_schema() }}.passed_tests set changed_rows = 0;
    update {{ change_schema() }}.models
    set
        is_whole = false,
        changed_rows = 0,
        rules_held = case when changed_rows = changed_rows_when_held then rules_held end,
        changed_rows_when_held = 0;
    commit;
{%- endmacro %}


{# What the next build of the folder must find as it is, to build by parts: on Spark. #}
{% macro keep_fingerprints(results) -%}
    {{ return(adapter.dispatch('keep_fingerprints', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__keep_fingerprints(results) -%}
{%- endmacro %}
