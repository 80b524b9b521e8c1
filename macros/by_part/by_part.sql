{#
    A table that is kept between builds and rebuilt only in the parts that a change
    reaches: docs/decisions/0045-increments.md. One line of a model says it:

    {{ config(
        part=['user_id', 'viewed_date'],
        reads={'fct_viewing': ['user_id', 'viewed_date']},
    ) }}

    The model's own SQL knows nothing of it: in place of each input in `reads` it is given
    that input's rows of the touched parts. Without `reads` the whole is computed, and what
    differs from the kept rows is changed. `since` names the column that says when a row
    was: `streaming build --from` computes anew what rows from a day on reach.
#}

{% materialization table, adapter='postgres' %}
    {%- if not is_kept(model) -%}
        {{ return(table_as_ever(sql)) }}
    {%- endif -%}
    {%- do require_reads() -%}
    {%- set fingerprint = fingerprint_of(model, sql) -%}
    {%- set reason = reason_to_build_whole(fingerprint) or build_touched_parts(sql) -%}
    {%- if not reason -%}
        {{ return({'relations': [this.incorporate(type='table')]}) }}
    {%- endif -%}
    {#- Marked first: a build that is killed here must not look as if nothing happened. -#}
    {% do mark_as_whole('', reason) %}
    {% set built = table_as_ever(sql) %}
    {% do index_rows_without_part() %}
    {% do mark_as_whole(fingerprint, reason) %}
    {{ return(built) }}
{% endmaterialization %}


{% macro table_as_ever(sql) -%}
    {{ return(adapter.dispatch('table_as_ever', 'streaming_analytics')(sql)) }}
{%- endmacro %}

{% macro default__table_as_ever(sql) -%}
    {%- set filled = make_intermediate_relation(this.incorporate(type='table')) -%}
    {{ return(swap_in(filled, get_create_table_as_sql(False, filled, sql))) }}
{%- endmacro %}


{% macro is_kept(node) -%}
    {#- A view or a table of another materialization has no log. -#}
    {{ return(
        node.config.get('materialized') == 'table'
        and (node.config.get('part') is not none or node.config.get('kept', false))
    ) }}
{%- endmacro %}


{% macro fingerprint_of(node, sql) -%}
    {#- Variables and macros are in the compiled SQL; the contract stands beside it. -#}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append([
            column.name, column.data_type | string, column.constraints | string
        ]) -%}
    {%- endfor -%}
    {%- set settings = [] -%}
    {%- for name in ('indexes', 'part', 'since', 'tail', 'reads', 'reached_by') -%}
        {%- do settings.append(node.config.get(name)) -%}
    {%- endfor -%}
    {#- dbt reads the keys of a mapping in another order with each parse. -#}
    {{ return(local_md5(tojson([
        dbt_version, sql, columns, node.constraints | string, settings
    ], sort_keys=true))) }}
{%- endmacro %}


{% macro reason_to_build_whole(fingerprint) -%}
    {#- Why the model cannot be kept, in words for the user; none when it can. -#}
    {%- if should_full_refresh() -%}
        {{ return('a full refresh was asked for') }}
    {%- endif -%}
    {%- if not is_there_to_keep() -%}
        {{ return(not_there_yet()) }}
    {%- endif -%}
    {%- set known = known_builds() -%}
    {%- if model.name not in known or not known[model.name].fingerprint -%}
        {{ return('its last build did not finish') }}
    {%- endif -%}
    {%- if known[model.name].fingerprint != fingerprint -%}
        {{ return('its SQL, a variable or macro in it, what it reads, or dbt itself changed') }}
    {%- endif -%}
    {%- for input in inputs_of_model() if input.is_kept and config.get('reads') -%}
        {%- if input.name not in known or known[input.name].is_whole -%}
            {{ return(input.name ~ ' was built whole') }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}


{% macro is_there_to_keep() -%}
    {#- Whether an earlier build left the table that this one can go on from. -#}
    {{ return(adapter.dispatch('is_there_to_keep', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__is_there_to_keep() -%}
    {%- set present = load_relation(this) -%}
    {{ return(present is not none and present.is_table) }}
{%- endmacro %}


{% macro known_builds() -%}
    {#- Of each kept model: its last fingerprint, and whether it was built whole since. -#}
    {{ return(adapter.dispatch('known_builds', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__known_builds() -%}
    {%- set known = {} -%}
    {%- for row in run_query(
        'select model_name, fingerprint, is_whole from ' ~ change_schema() ~ '.models'
    ).rows -%}
        {%- do known.update({row[0]: {'fingerprint': row[1], 'is_whole': row[2]}}) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro %}


{% macro not_there_yet() -%}
    {{ return('it was not there yet') }}
{%- endmacro %}


{% macro inputs_of_model() -%}
    {#- What the model's SQL reads: name, relation, is_kept, is_raw. dbt also counts the
        tables that the contract's foreign keys lead to. -#}
    {%- set inputs = [] -%}
    {%- for id in model.depends_on.nodes -%}
        {%- set node = graph.nodes.get(id) or graph.sources.get(id) -%}
        {%- if node.relation_name
            and modules.re.search(whole_name(node.relation_name), model.compiled_code) -%}
            {%- do inputs.append({
                'name': node.name,
                'relation': node.relation_name,
                'is_kept': is_kept(node),
                'is_raw': node.resource_type in ('source', 'seed'),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro %}


{% macro require_reads() -%}
    {#- What is wrong with `reads` would show in the second build, or never. -#}
    {%- set reads, reached_by = config.get('reads') or {}, config.get('reached_by') or {} -%}
    {%- set begin = 'Model ' ~ model.name ~ ' is built by parts' -%}
    {%- set inputs = {} -%}
    {%- for input in inputs_of_model() -%}
        {%- do inputs.update({input.name: input}) -%}
    {%- endfor -%}
    {#- Raw tables have other names in the sample, and where another tool keeps them. -#}
    {%- set raw_tables = [] -%}
    {%- for id in model.depends_on.nodes if id.split('.')[0] in ('source', 'seed') -%}
        {%- do raw_tables.append(id) -%}
    {%- endfor -%}
    {%- for name in reads if name not in inputs and not raw_tables -%}
        {{ exceptions.raise_compiler_error(
            begin ~ ' and names ' ~ name ~ ' in `reads`, but its SQL does not read it.'
        ) }}
    {%- endfor -%}
    {%- for input in inputs.values() if reads -%}
        {%- if input.name not in reads and input.name not in reached_by -%}
            {{ exceptions.raise_compiler_error(
                begin ~ ' and reads ' ~ input.name
                ~ ': say in `reads` or `reached_by` which parts a change of it reaches.'
            ) }}
        {%- elif input.name not in reached_by and not input.is_kept and not input.is_raw -%}
            {{ exceptions.raise_compiler_error(
                begin ~ ' and names ' ~ input.name ~ ' in `reads`, which nobody keeps a log'
                ~ ' of changes for: give it a `part`, or `kept: true` if it is small.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in reads if reads[name] is not string -%}
        {%- for column in part_of_model() if column not in reads[name] -%}
            {{ exceptions.raise_compiler_error(
                begin ~ ', and `reads` does not say what ' ~ column ~ ' of its part is in '
                ~ name ~ '.'
            ) }}
        {%- endfor -%}
    {%- endfor -%}
    {%- for id in model.depends_on.nodes if reads and id in graph.nodes -%}
        {%- if graph.nodes[id].config.get('materialized') == 'ephemeral' -%}
            {{ exceptions.raise_compiler_error(
                begin ~ ' and reads ' ~ graph.nodes[id].name ~ ', which is ephemeral: make it'
                ~ ' a table with a `part`, so that its changes are known.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{% macro whole_name(relation) -%}
    {#- A pattern that finds a relation, and none whose name only begins with its name. -#}
    {{ return(modules.re.escape(relation | string) ~ '(?!\\w)') }}
{%- endmacro %}


{% macro part_of_model() -%}
    {#- The columns that name a part: those of the config, else the contract's key. -#}
    {%- if config.get('part') -%}
        {{ return(config.get('part')) }}
    {%- endif -%}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
        {{ return(constraint.columns) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        'Model ' ~ model.name ~ ' is built by parts; name the columns of its `part`, or'
        ~ ' give its contract a primary key.'
    ) }}
{%- endmacro %}


{% macro part_is_key() -%}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
        {{ return(constraint.columns | sort == part_of_model() | sort) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
