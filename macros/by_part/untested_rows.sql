{#
    A test that adds up days finds the same in days that have not changed since it passed:
    docs/decisions/0074-sums-of-changed-days.md
#}

{% macro untested_rows(column, tables, named=none, given='') -%}
    {#- The rows that a test has to ask: those of each value of `column` with a change in one
        of the `tables`, in columns that it names, since the test passed; all where that is
        not known. `named` is what the table asked calls the column; `given` has the
        variables that the test depends on: with others it asks all. -#}
    {{ return(adapter.dispatch('untested_rows', 'streaming_analytics')(
        column, tables, named, given
    )) }}
{%- endmacro %}

{% macro default__untested_rows(column, tables, named, given) -%}
    {{ return('1 = 1') }}
{%- endmacro %}

{% macro postgres__untested_rows(column, tables, named, given) -%}
    {#- Else a row may be wrong and the test passes. -#}
    {%- set is_strict = config.get('warn_if', '!= 0') == '!= 0'
        and config.get('fail_calc', 'count(*)') == 'count(*)' -%}
    {#- What `dbt test` finds nobody records: whoever runs it wants to know of all rows. -#}
    {%- if not execute or flags.WHICH != 'build' or not is_strict -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {%- set conditions, logs = [], [] -%}
    {%- for table in tables -%}
        {%- for node in graph.nodes.values()
            if node.relation_name == table | string and is_kept(node)
            and node.config.materialized == 'table' -%}
            {%- do conditions.append(
                "(models.model_name = '" ~ node.name ~ "' and relation_name = '"
                ~ table | string | replace("'", "''") ~ "')"
            ) -%}
            {%- do logs.append(change_log(node.name)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if conditions | length < tables | length -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {#- To be raised when this file, changes_of_named_columns or a macro that such a test uses
        changes: what the old ones passed on is not known then. -#}
    {%- set version = 3 -%}
    {#- A table that is filled anew is another one, with a number of its own. -#}
    {%- set asked -%}
        '{{ local_md5(model.raw_code ~ version ~ given) }} '
        || cast(to_regclass(relation_name) as oid)
    {%- endset -%}
    {%- set states = run_query(
        'select models.model_name, ' ~ asked ~ ', cast(models.xmin as text),'
        ~ ' not is_whole and passed_tests.asked = ' ~ asked
        ~ ' from ' ~ change_schema() ~ '.models'
        ~ ' left join ' ~ change_schema() ~ '.passed_tests'
        ~ ' on passed_tests.model_name = models.model_name'
        ~ " and test_name = '" ~ model.name ~ "'"
        ~ ' where ' ~ conditions | join(' or ')
    ).rows -%}
    {%- if states | length < tables | length -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {%- set told, known = [], [] -%}
    {%- for row in states -%}
        {%- do told.append(row[0] ~ ' ' ~ row[1] ~ ' ' ~ row[2]) -%}
        {%- if row[3] -%}{%- do known.append(row[0]) -%}{%- endif -%}
    {%- endfor -%}
    {%- set note = ' /* tested: ' ~ told | join(', ') ~ ' */' -%}
    {%- if known | length < tables | length -%}
        {{ return('1 = 1' ~ note) }}
    {%- endif -%}
    {%- set changes = [] -%}
    {%- for log_of_changes in logs -%}
        {%- do changes.append('select ' ~ column ~ ' from ' ~ changes_of_named_columns(
            log_of_changes, without_comments(model.raw_code), column
        ) ~ ' as named') -%}
    {%- endfor -%}
    {{ return(rows_of_changed_values(column, changes, named or column) ~ note) }}
{%- endmacro %}


{% macro rows_of_changed_values(column, changes, named) -%}
    {#- Said as values, which an index can be searched for; all rows where they are many. -#}
    {%- set most = 400 -%}
    {%- set values = run_query(
        'select distinct cast(' ~ column ~ ' as text) from ('
        ~ changes | join(' union all ') ~ ') as changes limit ' ~ (most + 1)
    ).rows | map(attribute=0) | list -%}
    {%- if none in values or values | length > most -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {{ return(
        named ~ " in ('" ~ values | sort | join("', '") ~ "')" if values else '1 = 0'
    ) }}
{%- endmacro %}


{% macro record_passed_tests(results) -%}
    {{ return(adapter.dispatch('record_passed_tests', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__record_passed_tests(results) -%}
{%- endmacro %}

{% macro postgres__record_passed_tests(results) -%}
    {#- As record_known_rules does, and before it: what that records is a change, too. -#}
    {%- for result in results
        if execute and flags.WHICH == 'build' and result.status != 'skipped'
        and result.node.resource_type == 'test' -%}
        {%- set told = modules.re.search(
            '/\\* tested: (.+?) \\*/', result.node.compiled_code or ''
        ) -%}
        {%- if told %}
    delete from {{ change_schema() }}.passed_tests
    where test_name = '{{ result.node.name }}';
            {%- if result.status == 'pass' %}
    insert into {{ change_schema() }}.passed_tests (test_name, model_name, asked, changed_rows)
    select '{{ result.node.name }}', models.model_name, told.asked, models.changed_rows
    from {{ change_schema() }}.models
    inner join (
        values
                {%- for table in told[1].split(', ') %}
                {%- set words = table.split(' ') %}
        ('{{ words[0] }}', '{{ words[1] }} {{ words[2] }}', '{{ words[3] }}')
        {{- ',' if not loop.last }}
                {%- endfor %}
    ) as told (model_name, asked, version)
        on
            models.model_name = told.model_name
            and cast(models.xmin as text) = told.version;
            {%- endif %}
    commit;
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
