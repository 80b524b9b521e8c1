{% macro build_touched_parts(sql) -%}
    {#- Rebuilds the parts that a change reaches, in one transaction with the log of it.
        Returns why the whole is less work, or none when the parts are done. -#}
    {%- set work = {
        'parts': change_log(model.name ~ '__parts'),
        'old': change_log(model.name ~ '__old'),
        'new': change_log(model.name ~ '__new'),
        'changed': change_log(model.name ~ '__changed'),
    } -%}
    {%- set reads = config.get('reads') -%}
    {% call statement('clean') %}
        drop table if exists {{ work.values() | join(', ') }}
    {% endcall %}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if reads -%}
        {% call statement('parts') %}{{ touched_parts_sql(work) }}{% endcall %}
        {%- set most = most_rows_by_part() -%}
        {% call statement('old') %}
            create unlogged table {{ work.old }} as
            select * from {{ this }} as whole
            where {{ is_touched(work, this, own_part(), is_own=true) }}
            limit {{ most + 1 }}
        {% endcall %}
        {%- if count_rows(work.old) > most -%}
            {% call statement('clean') %}
                drop table {{ work.parts }}, {{ work.old }}
            {% endcall %}
            {{ return('most of it was touched') }}
        {%- endif -%}
    {%- endif -%}
    {% call statement('new') %}{{ new_rows_sql(sql, work) }}{% endcall %}
    {%- set changed = count_rows(work.changed) -%}
    {% call statement('main') %}
        {%- if changed %}
        {{ change_rows_sql(work) if part_is_key() else change_parts_sql(work) }};
        insert into {{ change_log(model.name) }} select * from {{ work.changed }};
        {%- endif %}
        drop table if exists {{ work.values() | join(', ') }};
        update {{ change_schema() }}.models
        set changed_rows = changed_rows + {{ changed }}, reason = null
        where model_name = '{{ model.name }}'
    {% endcall %}
    {%- if changed -%}
        {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- endif -%}
    {% do persist_docs(this.incorporate(type='table'), model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return(none) }}
{%- endmacro %}


{% macro count_rows(relation) -%}
    {{ return(run_query('select count(*) from ' ~ relation).rows[0][0] | int) }}
{%- endmacro %}


{% macro most_rows_by_part() -%}
    {#- Beyond this many, filling the table anew is less work than changing it. -#}
    {%- set rows = run_query(
        "select greatest(reltuples, 0) from pg_class where oid = to_regclass('" ~ this ~ "')"
    ).rows[0][0] | int -%}
    {{ return(1000 + rows * integer_var('whole_rebuild_percent', 0, 100) // 100) }}
{%- endmacro %}


{% macro own_part() -%}
    {%- set same = {} -%}
    {%- for column in part_of_model() -%}
        {%- do same.update({column: column}) -%}
    {%- endfor -%}
    {{ return(same) }}
{%- endmacro %}


{% macro part_in_input(name) -%}
    {#- Which expression of an input is which column of the part. -#}
    {%- set wanted = config.get('reads')[name] -%}
    {%- if wanted is mapping -%}
        {{ return(wanted) }}
    {%- endif -%}
    {%- set same = {} -%}
    {%- for column in wanted -%}
        {%- do same.update({column: column}) -%}
    {%- endfor -%}
    {{ return(same) }}
{%- endmacro %}


{% macro touched_parts_sql(work) -%}
    {#- The parts that the logged changes of the inputs reach, each once. -#}
    {%- set part = part_of_model() -%}
    {%- set tail = config.get('tail') -%}
    {%- set reached_by = config.get('reached_by', {}) -%}
    {%- set queries = [] -%}
    {%- for input in inputs_of_model() -%}
        {%- if input.name in reached_by -%}
            {%- if reached_by[input.name] -%}
                {%- do queries.append(
                    'select * from (' ~ with_relations(reached_by[input.name], input)
                    ~ ') as by_' ~ input.name
                    ~ ' where exists (select 1 from ' ~ change_log(input.name) ~ ')'
                ) -%}
            {%- endif -%}
        {%- elif input.name in config.get('reads') -%}
            {%- if input.is_kept -%}
                {%- set expressions = part_in_input(input.name) -%}
                {%- set selected = [] -%}
                {%- for column in part -%}
                    {%- do selected.append(expressions[column] ~ ' as ' ~ column) -%}
                {%- endfor -%}
                {%- if tail -%}
                    {%- do selected.append(tail.since ~ ' as since') -%}
                {%- endif -%}
                {%- do queries.append(
                    'select ' ~ selected | join(', ') ~ ' from ' ~ change_log(input.name)
                ) -%}
            {%- endif -%}
        {%- else -%}
            {{ exceptions.raise_compiler_error(
                'Model ' ~ model.name ~ ' is built by parts and reads ' ~ input.name
                ~ ': say in `reads` or `reached_by` which parts a change of it reaches.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {%- set is_part -%}
        {%- for column in part %}kept.{{ column }} = {{ '{0}' }}.{{ column }} and {% endfor -%}
    {%- endset %}
    create unlogged table {{ work.parts }} as
    with reached as (
        {{ queries | join(' union all ') }}
    )
    {%- if tail %},
    first_changes as (
        select {{ part | join(', ') }}, min(since) as changed_from
        from reached
        group by {{ part | join(', ') }}
    ),
    numbered as (
        select
            first_changes.*,
            (
                select kept.{{ tail.number }}
                from {{ this }} as kept
                where
                    {{ is_part | replace('{0}', 'first_changes') }}
                    kept.{{ tail.since }} < first_changes.changed_from
                order by kept.{{ tail.number }} desc
                limit 1
            ) as first_number
        from first_changes
    )
    select
        {{ part | join(', ') }},
        coalesce(first_number, 1) as first_number,
        coalesce((
            select min(kept.{{ tail.since }})
            from {{ this }} as kept
            where
                {{ is_part | replace('{0}', 'numbered') }}
                kept.{{ tail.number }} = numbered.first_number
        ), changed_from) as since
    from numbered
    {%- else %}
    select distinct {{ part | join(', ') }} from reached
    {%- endif %}
    where {{ part | join(' is not null and ') }} is not null;
    create index on {{ work.parts }} ({{ part | join(', ') }});
    analyze {{ work.parts }}
{%- endmacro %}


{% macro with_relations(text, input) -%}
    {#- A query of the config, with the names in braces replaced by relations. -#}
    {%- set query = namespace(text=text | replace('{changed}', change_log(input.name))) -%}
    {%- for other in inputs_of_model() -%}
        {%- set query.text = query.text | replace('{' ~ other.name ~ '}', other.relation) -%}
    {%- endfor -%}
    {%- for table in modules.re.findall('\\{raw (\\w+)\\}', query.text) -%}
        {%- set query.text = query.text | replace('{raw ' ~ table ~ '}', raw(table)) -%}
    {%- endfor -%}
    {{ return(query.text | replace('{this}', this | string)) }}
{%- endmacro %}


{% macro is_touched(work, relation, expressions, is_own=false) -%}
    {#- A row without a part is always of a touched one, because nothing equals it. -#}
    {%- set part = part_of_model() -%}
    {%- set tail = config.get('tail') -%}
    {%- set values = [] -%}
    {%- for column in part -%}
        {%- do values.append(expressions[column]) -%}
    {%- endfor -%}
    {%- set also = '' -%}
    {%- if tail and is_own -%}
        {%- set also = 'touched.first_number <= whole.' ~ tail.number -%}
    {%- elif tail -%}
        {%- set also = 'touched.since <= whole.' ~ tail.since -%}
    {%- endif -%}
    {{ is_in_parts(work.parts, values, also) }}
    {%- for value in may_be_null(relation, values) %} or {{ value }} is null {%- endfor -%}
{%- endmacro %}


{% macro is_in_parts(parts, values, also='') -%}
    {#- Columns of the parts get other names, so that those in `values` are the row's own.
        An index on the parts answers where a hash cannot: beside an `or`, PostgreSQL would
        read all parts for each row. -#}
    exists (
        select 1
        from {{ parts }} as touched (
            {%- for value in values %}part_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor -%}
        )
        where
            {%- for value in values %}
            touched.part_{{ loop.index }} = {{ value }}{{ ' and' if also or not loop.last }}
            {%- endfor %}
            {{ also }}
    )
{%- endmacro %}


{% macro may_be_null(relation, values) -%}
    {%- set found = run_query(
        "select attname from pg_attribute where attrelid = to_regclass('" ~ relation ~ "')"
        ~ ' and attnum > 0 and attnotnull'
    ).rows | map(attribute=0) | list -%}
    {{ return(values | reject('in', found) | list) }}
{%- endmacro %}


{% macro new_rows_sql(sql, work) -%}
    {#- The rows of the touched parts as they should be, and how they differ. -#}
    {%- set tail = config.get('tail') -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='quoted') | list -%}
    {%- set types = {} -%}
    {%- for column in model.columns.values() if config.get('contract').enforced -%}
        {%- do types.update({adapter.quote(column.name): column.data_type}) -%}
    {%- endfor -%}
    {%- set restricted = namespace(sql=sql) -%}
    {%- for input in inputs_of_model() if input.name in config.get('reads', {}) -%}
        {%- set restricted.sql = restricted.sql | replace(
            input.relation,
            '(select * from ' ~ input.relation ~ ' as whole where '
            ~ is_touched(work, input.relation, part_in_input(input.name)) ~ ')'
        ) -%}
    {%- endfor %}
    create unlogged table {{ work.new }} as
    select
        {%- for column in columns %}
        {%- set value = 'computed.' ~ column -%}
        {%- if tail and column == adapter.quote(tail.number) -%}
            {%- set value = value ~ ' + touched.first_number - 1' -%}
        {%- endif %}
        {{ 'cast(' ~ value ~ ' as ' ~ types[column] ~ ')' if column in types else value }}
        as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ restricted.sql }}
    ) as computed
    {%- if tail %}
    inner join {{ work.parts }} as touched
        using ({{ part_of_model() | join(', ') }})
    {%- endif %};

    create unlogged table {{ work.changed }} as
    select {{ columns | join(', ') }}, cast(sum(change_sign) as bigint) as change_sign
    from (
        select {{ columns | join(', ') }}, 1 as change_sign from {{ work.new }}
        union all
        select {{ columns | join(', ') }}, -1 as change_sign
        from {{ work.old if config.get('reads') else this }}
    ) as both_sides
    group by {{ columns | join(', ') }}
    having sum(change_sign) <> 0
{%- endmacro %}


{% macro change_parts_sql(work) -%}
    {#- Whole parts are put in the place of whole parts, so that neither a row that is there
        twice nor one without a key can come to stay. -#}
    {%- set part = part_of_model() -%}
    {%- set tail = config.get('tail') -%}
    {%- set is_changed -%}
        {{ is_in_parts('(select ' ~ part | join(', ') ~ ' from ' ~ work.changed ~ ')', part) }}
        {%- for value in may_be_null(this, part) %} or {{ value }} is null {%- endfor -%}
    {%- endset %}
    create index on {{ work.changed }} ({{ part | join(', ') }});
    analyze {{ work.changed }};
    delete from {{ this }} as whole where ({{ is_changed }})
    {%- if tail %} and {{ is_touched(work, this, own_part(), is_own=true) }}{% endif %};
    insert into {{ this }} select * from {{ work.new }} where {{ is_changed }}
{%- endmacro %}


{% macro change_rows_sql(work) -%}
    {#- In place, so that the rows that foreign keys lead to are there all the time. -#}
    {%- set key = part_of_model() -%}
    {%- set is_same -%}
        {%- for column in key %}{{ ' and ' if not loop.first }}kept.{{ column }} = changed.{{ column }}{% endfor -%}
    {%- endset -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='quoted') | list -%}
    {%- set others = [] -%}
    {%- for column in columns if column | replace('"', '') not in key -%}
        {%- do others.append(column) -%}
    {%- endfor -%}
    {%- if others %}
    update {{ this }} as kept
    set {% for column in others %}{{ column }} = changed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ work.changed }} as changed
    where changed.change_sign > 0 and {{ is_same }};
    {%- endif %}
    do $drop$
    declare
        foreign_key record;
    begin
        if exists (
            select 1 from {{ work.changed }} as gone
            where change_sign < 0 and not exists (
                select 1 from {{ work.changed }} as present
                where
                    present.change_sign > 0
                    {%- for column in key %}
                    and present.{{ column }} = gone.{{ column }}
                    {%- endfor %}
            )
        ) then
            -- Children are built later, and get their keys again when they are.
            for foreign_key in
                select conrelid::regclass as child, conname
                from pg_constraint
                where confrelid = to_regclass('{{ this }}') and contype = 'f'
            loop
                execute format(
                    'alter table %s drop constraint %I', foreign_key.child, foreign_key.conname
                );
            end loop;
            delete from {{ this }} as kept
            using {{ work.changed }} as changed
            where changed.change_sign < 0 and {{ is_same }} and not exists (
                select 1 from {{ work.changed }} as present
                where
                    present.change_sign > 0
                    {%- for column in key %}
                    and present.{{ column }} = kept.{{ column }}
                    {%- endfor %}
            );
        end if;
    end
    $drop$;
    insert into {{ this }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ work.changed }} as changed
    where changed.change_sign > 0 and not exists (
        select 1 from {{ this }} as kept where {{ is_same }}
    )
{%- endmacro %}
