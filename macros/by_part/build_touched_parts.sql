{% macro build_touched_parts(sql) -%}
    {#- Rebuilds the parts that a change reaches, in one transaction with the log of it.
        Returns why the whole is less work, or none when the parts are done. -#}
    {%- set work = {
        'parts': change_log(model.name ~ '__parts'),
        'old': change_log(model.name ~ '__old'),
        'new': change_log(model.name ~ '__new'),
        'changed': change_log(model.name ~ '__changed'),
        'unpaired': change_log(model.name ~ '__unpaired'),
    } -%}
    {%- set reads = config.get('reads') -%}
    {%- for name in reads or {} -%}
        {%- do work.update({'touched_' ~ name: change_log(model.name ~ '__' ~ loop.index)}) -%}
    {%- endfor -%}
    {% call statement('clean') %}
        drop table if exists {{ work.values() | join(', ') }}
    {% endcall %}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if reads -%}
        {% call statement('parts') %}
            create unlogged table {{ work.parts }} as {{ touched_parts_sql() }};
            create unique index on {{ work.parts }} ({{ part_of_model() | join(', ') }});
            {%- if part_of_model() | length > 1 %}
            {#- Or the planner takes such values for far fewer than they are, and looks
                each up in an index of its rows by the first value alone. #}
            create statistics {{ change_log(model.name ~ '__pairs') }} (ndistinct)
            on {{ part_of_model() | join(', ') }} from {{ work.parts }};
            {%- endif %}
            analyze {{ work.parts }}
        {% endcall %}
        {%- set most = most_rows_by_part() -%}
        {% call statement('old') %}
            create unlogged table {{ work.old }} as
            {{ touched_rows(
                work.parts, this, own_part(), is_own=true, columns='ctid as row_place, *'
            ) }}
            limit {{ most + 1 }}
        {% endcall %}
        {%- if count_rows(work.old) > most -%}
            {% call statement('clean') %}
                drop table {{ work.parts }}, {{ work.old }}
            {% endcall %}
            {{ return('most of it was touched') }}
        {%- endif -%}
    {%- endif -%}
    {#- In tables, so that the planner knows how many rows they are: it takes what is found
        by several columns for nearly none. -#}
    {%- set inputs = touched_inputs(work.parts) if reads else [] -%}
    {%- for input in inputs -%}
        {%- do input.update({'rows': work[input.rows]}) -%}
    {%- endfor -%}
    {% call statement('new') %}
        {%- for input in inputs %}
        create unlogged table {{ input.rows }} as {{ input.sql }};
        analyze {{ input.rows }};
        {%- endfor %}
        create unlogged table {{ work.new }} as {{ new_rows_sql(sql, inputs, work.parts) }};
        create unlogged table {{ work.changed }} as
        {{ changed_rows_sql(work.old if reads else this, work.new) }}
    {% endcall %}
    {%- set changed = count_rows(work.changed) -%}
    {% call statement('main') %}
        {%- if changed %}
        {{ change_rows_sql(work) ~ ';' if part_is_key() else change_parts_sql(work) }}
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


{% macro change_parts_sql(work) -%}
    {#- Whole parts are put in the place of whole parts, so that neither a row that is there
        twice nor one without a key can come to stay. -#}
    {%- set part = part_of_model() -%}
    {%- set is_changed = is_in_parts(
        '(select ' ~ part | join(', ') ~ ' from ' ~ work.changed ~ ')', part
    ) -%}
    {%- set without = is_without_part(this, part) %}
    create index on {{ work.changed }} ({{ part | join(', ') }});
    analyze {{ work.changed }};
    {%- if config.get('reads') %}
    {#- Where they are is known: no index need lead to them, and the table is not gone
        through once more. #}
    delete from {{ this }}
    where ctid in (select row_place from {{ work.old }} where {{ is_changed }});
    {%- else %}
    delete from {{ this }} where {{ is_changed }};
    {%- endif %}
    insert into {{ this }} select * from {{ work.new }} where {{ is_changed }};
    {%- if without %}
    delete from {{ this }} where {{ without }};
    insert into {{ this }} select * from {{ work.new }} where {{ without }};
    {%- endif %}
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
    analyze {{ work.changed }};
    {%- if others %}
    update {{ this }} as kept
    set {% for column in others %}{{ column }} = changed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    {%- if config.get('reads') %}
    {#- Where they are is known: the table is not gone through once more. #}
    from {{ work.old }} as old
    inner join {{ work.changed }} as changed using ({{ key | join(', ') }})
    where changed.change_sign > 0 and kept.ctid = old.row_place;
    {%- else %}
    from {{ work.changed }} as changed
    where changed.change_sign > 0 and {{ is_same }};
    {%- endif %}
    {%- endif %}
    {#- Keys that only came or only left. One that came twice is inserted, and refused. #}
    create unlogged table {{ work.unpaired }} as
    select {{ key | join(', ') }}, max(change_sign) < 0 as is_gone
    from {{ work.changed }}
    group by {{ key | join(', ') }}
    having
        sum(greatest(change_sign, 0)) <> 1
        or sum(least(change_sign, 0)) <> -1;
    do $drop$
    declare
        foreign_key record;
    begin
        if exists (select 1 from {{ work.unpaired }} where is_gone) then
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
            using {{ work.unpaired }} as changed
            where changed.is_gone and {{ is_same }};
        end if;
    end
    $drop$;
    insert into {{ this }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ work.changed }}
    inner join {{ work.unpaired }} using ({{ key | join(', ') }})
    where change_sign > 0
{%- endmacro %}
