{#
    Which rules a kept table is known to hold, so that rows_hold need not ask its old rows
    again: docs/decisions/0073-rules-of-new-rows.md. Elsewhere nothing is known.
#}

{% macro known_rules(relation, conditions) -%}
    {#- Of the tested table: its `model`, `is_known`, and what to record when the test passes;
        empty where every row has to be asked each time. -#}
    {{ return(adapter.dispatch('known_rules', 'streaming_analytics')(relation, conditions)) }}
{%- endmacro %}

{% macro default__known_rules(relation, conditions) -%}
    {{ return({}) }}
{%- endmacro %}

{% macro postgres__known_rules(relation, conditions) -%}
    {%- set node = tested_node() -%}
    {%- set is_logged = node and is_kept(node) and node.config.materialized == 'table' -%}
    {#- Else a row may break a rule and the test passes. -#}
    {%- set is_strict = config.get('warn_if') == '!= 0' and config.get('fail_calc') == 'count(*)' -%}
    {#- A rule that reads other tables can be broken by their changes. And a view of failures
        would stand in the way of the log. -#}
    {%- if flags.WHICH not in ('build', 'test') or not is_logged or not is_strict
        or modules.re.search('(?i)\\bselect\\b', conditions.values() | join(' '))
        or config.get('store_failures_as') == 'view' -%}
        {{ return({}) }}
    {%- endif -%}
    {#- A table that is filled anew is another one, with a number of its own. -#}
    {%- set rules -%}
        '{{ local_md5(tojson(conditions)) }} ' || cast(to_regclass(relation_name) as oid)
    {%- endset -%}
    {#- Not where a part of the rows is tested: then the relation is a subquery. -#}
    {%- for row in run_query(
        'select ' ~ rules ~ ', cast(xmin as text),'
        ~ ' not is_whole and rules_held = ' ~ rules
        ~ ' from ' ~ change_schema() ~ '.models'
        ~ " where model_name = '" ~ node.name ~ "'"
        ~ " and relation_name = '" ~ relation | string | replace("'", "''") ~ "'"
    ).rows -%}
        {{ return({
            'model': node.name, 'rules': row[0], 'version': row[1], 'is_known': row[2]
        }) }}
    {%- endfor -%}
    {{ return({}) }}
{%- endmacro %}


{% macro record_known_rules(results) -%}
    {{ return(adapter.dispatch('record_known_rules', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__record_known_rules(results) -%}
{%- endmacro %}

{% macro postgres__record_known_rules(results) -%}
    {#- Not after `dbt test`: in a candidate that was audited nothing may change. Nor when
        somebody changed the table meanwhile, which its line in `models` shows. -#}
    {%- set found = [] -%}
    {%- for result in results
        if execute and flags.WHICH == 'build' and result.status != 'skipped'
        and result.node.test_metadata and result.node.test_metadata.name == 'rows_hold' -%}
        {%- set asked = modules.re.search(
            '-- rules (\\w+ \\d+) of (\\w+) at (\\d+)', result.node.compiled_code or ''
        ) -%}
        {%- if asked -%}
            {%- set rules = "'" ~ asked[1] ~ "'" if result.status == 'pass' else 'null' -%}
            {%- do found.append(
                "('" ~ asked[2] ~ "', " ~ rules ~ ", '" ~ asked[3] ~ "')"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if found %}
    update {{ change_schema() }}.models
    set rules_held = found.rules, changed_rows_when_held = changed_rows
    from (values {{ found | join(', ') }}) as found (model_name, rules, version)
    where
        models.model_name = found.model_name
        and (found.rules is null or cast(models.xmin as text) = found.version);
    commit;
    {%- endif -%}
{%- endmacro %}
