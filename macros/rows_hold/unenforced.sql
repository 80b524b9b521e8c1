{% macro unenforced_not_null() -%}
    {#- Columns of the tested contract whose NOT NULL the engine does not hold. -#}
    {%- set node = tested_node() -%}
    {%- set columns = [] -%}
    {%- if node and node.constraints is defined and 'not_null' in unenforced_constraints() -%}
        {%- for constraint in node.constraints if constraint.type == 'primary_key' -%}
            {%- do columns.extend(constraint.columns) -%}
        {%- endfor -%}
        {%- for column in node.columns.values() -%}
            {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
                {%- do columns.append(column.name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns | unique | list) }}
{%- endmacro %}

{% macro statements_that_find_broken_keys(relation, unique) -%}
    {#- One query for each unique key, and for each key of the tested contract, that the
        engine does not hold. -#}
    {%- set node = tested_node() -%}
    {%- set kinds = unenforced_constraints() -%}
    {%- set statements = [] -%}
    {%- for columns in unique if not is_held_by_index(columns) -%}
        {%- do statements.append(repeated_keys(relation, columns)) -%}
    {%- endfor -%}
    {%- if node and node.constraints is defined -%}
        {%- for constraint in node.constraints
            if constraint.type == 'primary_key' and 'primary_key' in kinds -%}
            {%- do statements.append(repeated_keys(relation, constraint.columns)) -%}
        {%- endfor -%}
        {%- if 'foreign_key' in kinds -%}
            {%- for key in foreign_keys_of(node) -%}
                {%- do statements.append(orphans(relation, key)) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro repeated_keys(relation, columns) -%}
    select
        '{{ columns | join("_and_") }}_is_unique' as rule_name,
        {{ key_in_words(columns) }} as row_key,
        count(*) as key_rows

    from {{ relation }}
    {%- if columns | length == 1 %}

    where {{ columns[0] }} is not null
    {%- endif %}

    group by {{ columns | join(', ') }}

    having count(*) > 1
{%- endmacro %}

{% macro orphans(relation, key) -%}
    {%- set columns = [] -%}
    {%- set conditions = ['parent.' ~ key.parent_columns[0] ~ ' is null'] -%}
    {%- set matches = [] -%}
    {%- for column in key.columns -%}
        {%- do columns.append('child.' ~ column) -%}
        {%- do conditions.append('child.' ~ column ~ ' is not null') -%}
        {%- do matches.append(
            'child.' ~ column ~ ' = parent.' ~ key.parent_columns[loop.index0]
        ) -%}
    {%- endfor -%}
    select
        '{{ key.columns | join("_and_") }}_is_in_{{ key.parent_name }}' as rule_name,
        {{ key_in_words(columns) }} as row_key,
        1 as key_rows

    from {{ relation }} as child

    left join {{ key.parent }} as parent
        on {{ matches | join(' and ') }}

    where {{ conditions | join(' and ') }}
{%- endmacro %}
