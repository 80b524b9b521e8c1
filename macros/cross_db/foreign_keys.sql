{% macro add_foreign_keys() -%}
    {{ return(adapter.dispatch('add_foreign_keys', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__add_foreign_keys() -%}
    {#- Other engines hold a contract's foreign keys by a test, if at all. -#}
{%- endmacro %}

{% macro postgres__add_foreign_keys() -%}
    {%- if execute -%}
        {#- A table that is kept between builds has kept its keys. -#}
        {%- for key in missing_foreign_keys(foreign_keys_of(model)) -%}
            {{ statements_to_add_foreign_key(key) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro restore_foreign_keys(results) -%}
    {{ return(adapter.dispatch('restore_foreign_keys', 'streaming_analytics')(results)) }}
{%- endmacro %}

{% macro default__restore_foreign_keys(results) -%}
{%- endmacro %}

{% macro postgres__restore_foreign_keys(results) -%}
    {#- A table that is built anew takes with it the foreign keys that led to its
        predecessor. Tables built after it have set theirs; these are the others. What is
        built later, after training or once its parent's tests pass, may still have rows of
        other data: it gets the key when it is built. -#}
    {%- if execute -%}
        {%- set built = results | selectattr('status', 'equalto', 'success')
            | map(attribute='node.unique_id') | list -%}
        {%- set skipped = results | selectattr('status', 'equalto', 'skipped')
            | map(attribute='node.unique_id') | list -%}
        {%- set keys = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- for key in foreign_keys_of(node) -%}
                {%- if node.unique_id in built or key.parent_id in built -%}
                    {%- do keys.append(key) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for key in missing_foreign_keys(keys) -%}
            {%- set is_to_come = key.child_id in skipped
                or (key.child_id not in built and invocation_args_dict.get('exclude')) -%}
            {%- if not is_to_come or not refers_to_nothing(key) -%}
                {{ statements_to_add_foreign_key(key) }}
            {%- else -%}
                {%- do log(
                    key.child ~ " is older than " ~ key.parent ~ " and has rows of other "
                    ~ "data: without " ~ key.name ~ " until it is built"
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro refers_to_nothing(key) -%}
    {#- Whether the child has a row whose key the parent does not have. -#}
    {%- set conditions = [] -%}
    {%- set references = [] -%}
    {%- for column in key.columns -%}
        {%- do conditions.append("child." ~ column ~ " is not null") -%}
        {%- do references.append(
            "parent." ~ key.parent_columns[loop.index0] ~ " = child." ~ column
        ) -%}
    {%- endfor -%}
    {%- set found = run_query(
        "select 1 from " ~ key.child ~ " as child where " ~ conditions | join(" and ")
        ~ " and not exists (select 1 from " ~ key.parent ~ " as parent where "
        ~ references | join(" and ") ~ ") limit 1"
    ) -%}
    {{ return(found.rows | length > 0) }}
{%- endmacro %}

{% macro foreign_keys_of(node) -%}
    {#- The foreign keys of a model's contract, by parent, each with its name, child, child_id,
        columns, parent, parent_id, parent_name and parent_columns. -#}
    {%- set keys = [] -%}
    {%- set parents = {} -%}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- do parents.update({graph.nodes[id].name: graph.nodes[id]}) -%}
    {%- endfor -%}
    {%- for constraint in node.constraints if constraint.type == 'foreign_key' -%}
        {#- A relation's name, or a ref where dbt has not compiled the model. -#}
        {%- set name = modules.re.search('(\\w+)\\W*$', constraint.to).group(1) -%}
        {%- set parent = parents[name] -%}
        {%- do keys.append({
            'name': constraint.name or constraint.columns | join('_') ~ '_fkey',
            'child': node.relation_name,
            'child_id': node.unique_id,
            'columns': constraint.columns,
            'parent': parent.relation_name,
            'parent_id': parent.unique_id,
            'parent_name': parent.name,
            'parent_columns': constraint.to_columns,
        }) -%}
    {%- endfor -%}
    {{ return(keys | sort(attribute='parent')) }}
{%- endmacro %}

{% macro statements_to_add_foreign_key(key) -%}
    {#- Each in a transaction of its own. The first locks both tables, and looks at no row;
        the second looks at every row, and lets others write a key meanwhile. So no thread
        waits for long, and none holds one parent while it waits for another. -#}
    alter table {{ key.child }}
        drop constraint if exists {{ key.name }},
        add constraint {{ key.name }} foreign key ({{ key.columns | join(', ') }})
        references {{ key.parent }} ({{ key.parent_columns | join(', ') }}) not valid;
    commit;
    alter table {{ key.child }} validate constraint {{ key.name }};
    commit;
{%- endmacro %}

{% macro missing_foreign_keys(keys) -%}
    {#- Those of the keys that the database does not hold, although both tables are there;
        a child that was built before its contract had the columns is left as it is. -#}
    {%- if not keys -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set rows = [] -%}
    {%- for key in keys -%}
        {%- do rows.append(
            "(" ~ loop.index0 ~ ", to_regclass('" ~ key.child ~ "'), to_regclass('"
            ~ key.parent ~ "'), '" ~ key.name ~ "', array['"
            ~ key.columns | join("', '") ~ "'])"
        ) -%}
    {%- endfor -%}
    {%- set found = run_query(
        "select position from (values " ~ rows | join(", ") ~ ")"
        ~ " as wanted (position, child, parent, name, columns)"
        ~ " where parent is not null"
        ~ " and columns <@ array("
        ~ "     select attname::text from pg_attribute where attrelid = child"
        ~ " )"
        ~ " and not exists ("
        ~ "     select from pg_constraint"
        ~ "     where conrelid = child and confrelid = parent"
        ~ "         and conname = name and convalidated"
        ~ " )"
        ~ " order by position"
    ) -%}
    {%- set missing = [] -%}
    {%- for row in found.rows -%}
        {%- do missing.append(keys[row[0] | int]) -%}
    {%- endfor -%}
    {{ return(missing) }}
{%- endmacro %}

{% macro duckdb__get_table_columns_and_constraints() -%}
    {#- DuckDB refuses a foreign key into another schema: rows_hold asks for them there. -#}
    {%- set kept = model['constraints'] | rejectattr('type', 'equalto', 'foreign_key') | list -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set keys = adapter.render_raw_model_constraints(raw_constraints=kept) -%}
    (
        {{ (columns + keys) | join(',\n        ') }}
    )
{%- endmacro %}
