{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {#- Fills a contract's table first and sets its constraints afterwards, by one scan and
        one index build: rows that go into a table with keys are checked one by one. -#}
    {%- set is_contract = config.get('contract').enforced and not temporary -%}
    {{ config.get('sql_header') or '' }}

    {%- if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}

    create {{ 'temporary' if temporary else 'unlogged' if config.get('unlogged') }}
    table {{ relation }} as (
        {%- if is_contract %}
        select
            {%- for column in model.columns.values() %}
            {%- set name = adapter.quote(column.name) if column.quote else column.name %}
            cast({{ name }} as {{ column.data_type }}) as {{ name }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ sql }}
        ) as rows_of_the_model
        {%- else %}
        {{ sql }}
        {%- endif %}
    );

    {%- set actions = contract_actions(model) if is_contract else [] %}
    {%- if actions %}
    alter table {{ relation }}
        {{ actions | join(',\n        ') }};
    {%- endif %}
{%- endmacro %}

{% macro contract_actions(node) -%}
    {#- Actions of ALTER TABLE that set what the contract demands, but for foreign keys,
        which lock other tables: see add_foreign_keys. -#}
    {%- set actions = [] -%}
    {%- set others = node.constraints | rejectattr('type', 'equalto', 'foreign_key') | list -%}
    {%- for column in node.columns.values() -%}
        {%- set name = adapter.quote(column.name) if column.quote else column.name -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type == 'not_null' -%}
                {%- do actions.append('alter column ' ~ name ~ ' set not null') -%}
            {%- else -%}
                {%- do others.append(dict(constraint, columns=[name])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=others) -%}
        {%- do actions.append('add ' ~ constraint) -%}
    {%- endfor -%}
    {{ return(actions) }}
{%- endmacro %}

{% macro spark__persist_constraints(relation, model) -%}
    {#- Parquet holds no constraint: rows_hold asks for each. -#}
{%- endmacro %}
