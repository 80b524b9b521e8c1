{#
    Stock dbt binds every cell of a seed by itself: about 1,000 rows a second. Here a batch
    of lines travels as one text, and PostgreSQL splits it and casts whole columns. Where a
    field is quoted, each column of a batch travels as one JSON array instead.

    The file is read as plain lines and not by dbt, which looks at every cell and takes an
    empty field, an empty string and the word null for the same thing. Here PostgreSQL's own
    CSV rules hold: an unquoted empty field is NULL and "" is the empty string.
#}

{% materialization seed, adapter='postgres' %}
    {%- set rows_per_batch = 50000 -%}
    {%- set present = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set file = seed_file(model) -%}
    {#- What `dbt seed --show` prints. -#}
    {%- do store_result('agate_table', response='OK', agate_table=file) -%}
    {%- set lines = file.columns['line'].values() | map('default', '', true) | list -%}
    {%- set is_plain = '"' not in lines | join -%}
    {%- set columns = seed_columns(model, lines[0]) -%}
    {%- set fields = [] if is_plain else seed_fields(model, lines, columns | length) -%}

    {#- A file that has other columns now needs another table; stock dbt would stop. -#}
    {%- set is_new = not present or should_full_refresh()
        or adapter.get_columns_in_relation(present) | map(attribute='name') | list
        != columns | map(attribute='name') | list -%}

    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
    {%- if present and is_new -%}
        {%- do adapter.drop_relation(present) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {%- if not is_new %}
        truncate table {{ this }}
        {%- else %}
        create table {{ this }} (
            {%- for column in columns %}
            {{ column.quoted }} {{ column.type }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {%- endif %}
    {%- endcall -%}

    {%- set rows = lines | length - 1 if is_plain else fields | length // columns | length -%}
    {%- for first_row in range(0, rows, rows_per_batch) -%}
        {%- if is_plain -%}
            {%- set batch = lines[1 + first_row:1 + first_row + rows_per_batch] -%}
            {%- do adapter.add_query(
                split_lines_sql(columns, batch | length),
                bindings=[batch | join('\n') ~ '\n'],
                abridge_sql_log=True
            ) -%}
        {%- else -%}
            {%- set width = columns | length -%}
            {%- set batch = fields[first_row * width:(first_row + rows_per_batch) * width] -%}
            {%- set bindings = [] -%}
            {%- for column in columns -%}
                {%- do bindings.append(tojson(batch[loop.index0::width])) -%}
            {%- endfor -%}
            {%- do adapter.add_query(
                unquoted_fields_sql(columns), bindings=bindings, abridge_sql_log=True
            ) -%}
        {%- endif -%}
        {%- do adapter.add_query(seed_cast_sql(model, columns, first_row)) -%}
    {%- endfor -%}

    {%- do apply_grants(
        target, config.get('grants'), should_revoke=should_revoke(present, is_new)
    ) -%}
    {%- do persist_docs(target, model) -%}
    {%- if is_new -%}
        {%- do create_indexes(target) -%}
    {%- endif -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{# A table of one column, the lines of the file as they stand in it. #}
{% macro seed_file(model) %}
    {#- dbt hands macros no file but a seed, read by its table class; any table has it. -#}
    {%- set table = run_query("select cast('line' as " ~ dbt.type_string() ~ ") as line") -%}
    {%- set text = table.column_types[0] -%}
    {{ return(table.from_csv(
        model.root_path ~ '/' ~ model.original_file_path,
        column_names=['line'],
        column_types=[text],
        header=False,
        encoding='utf-8-sig',
        delimiter='\x1f',
        quoting=3,
    )) }}
{% endmacro %}


{% macro seed_columns(model, header) %}
    {%- set columns = [] -%}
    {%- for name in header.replace('"', '').split(',') -%}
        {%- if name not in model.config.column_types -%}
            {{ exceptions.raise_compiler_error(
                "Seed " ~ model.name ~ ", column " ~ name ~ ": no type is declared. Add it"
                ~ " to column_types of the seed's yml."
            ) }}
        {%- endif -%}
        {%- do columns.append({
            'name': name,
            'quoted': adapter.quote_seed_column(name, model.config.get('quote_columns')),
            'type': api.Column.translate_type(model.config.column_types[name]),
        }) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# The file's fields as they stand in it, quotes included, row after row. #}
{% macro seed_fields(model, lines, width) %}
    {%- set file_text = lines | join('\n') ~ '\n' -%}

    {#- A field, its terminator; or, last, a character that fits neither. -#}
    {%- set tokens = modules.re.findall(
        '("[^"]*(?:""[^"]*)*"|[^",\n][^,\n]*|)(,|\n)|([^\n])', file_text
    )[width:] -%}
    {%- set fields = tokens | map(attribute=0) | list -%}
    {%- set terminators = tokens | map(attribute=1) | list -%}
    {%- set row_ends = terminators[width - 1::width] -%}
    {%- if terminators | length % width != 0
        or row_ends | select('ne', '\n') | list
        or terminators | select('eq', '\n') | list | length != row_ends | length -%}
        {{ exceptions.raise_compiler_error(
            "Seed " ~ model.name ~ ": a row has not the " ~ width ~ " fields of the header,"
            ~ " or a quoted field does not end."
        ) }}
    {%- endif -%}
    {{ return(fields) }}
{% endmacro %}


{# A line of one column that is empty has no part, and is a NULL. #}
{% macro split_lines_sql(columns, rows) -%}
    drop table if exists pg_temp.seed_landing;
    create temporary table seed_landing on commit drop as
    select
        row_in_batch,
        greatest(cardinality(fields), 1) as width,
        {%- for column in columns %}
        nullif(fields[{{ loop.index }}], '') as {{ column.quoted }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            row_in_batch,
            string_to_array(line, ',') as fields
        from unnest(string_to_array(%s, chr(10))) with ordinality as lines (line, row_in_batch)
    ) as landing
    where row_in_batch <= {{ rows }}
{%- endmacro %}


{% macro unquoted_fields_sql(columns) -%}
    drop table if exists pg_temp.seed_landing;
    create temporary table seed_landing on commit drop as
    select
        row_in_batch,
        {{ columns | length }} as width,
        {%- for column in columns %}
        case
            when {{ column.quoted }} = '' then null
            when left({{ column.quoted }}, 1) = '"' then replace(
                substr({{ column.quoted }}, 2, length({{ column.quoted }}) - 2), '""', '"'
            )
            else {{ column.quoted }}
        end as {{ column.quoted }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rows from (
        {%- for column in columns %}
        json_array_elements_text(%s){{ ',' if not loop.last }}
        {%- endfor %}
    ) with ordinality as landing (
        {{- columns | map(attribute='quoted') | join(', ') }}, row_in_batch
    )
{%- endmacro %}


{# Casts the landed batch; when a value does not fit, looks for it cell by cell. #}
{% macro seed_cast_sql(model, columns, rows_before) -%}
    do $seed$
    declare
        cell record;
    begin
        if exists (select from seed_landing where width <> {{ columns | length }}) then
            raise exception
                'Seed {{ model.name }}: a row has not the % fields of the header.',
                {{ columns | length }};
        end if;
        insert into {{ this.render() }} ({{ columns | map(attribute='quoted') | join(', ') }})
        select
            {%- for column in columns %}
            cast({{ column.quoted }} as {{ column.type }}){{ ',' if not loop.last }}
            {%- endfor %}
        from seed_landing
        order by row_in_batch;
    exception when others then
        for cell in
            {%- for column in columns %}
            select
                row_in_batch,
                {{ loop.index }} as place,
                '{{ column.name | replace("'", "''") }}' as column_name,
                '{{ column.type }}' as column_type,
                {{ column.quoted }} as value
            from seed_landing
            where {{ column.quoted }} is not null
            {{ 'union all' if not loop.last else 'order by 1, 2' }}
            {%- endfor %}
        loop
            begin
                execute format('select cast(%L as %s)', cell.value, cell.column_type);
            exception when others then
                raise exception 'Seed {{ model.name }}, row %, column %: "%" does not fit %.',
                    cell.row_in_batch + {{ rows_before }}, cell.column_name, cell.value,
                    cell.column_type
                    using errcode = 'data_exception';
            end;
        end loop;
        raise;
    end
    $seed$
{%- endmacro %}
