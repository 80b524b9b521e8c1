{#
    Stock dbt binds every cell of a seed by itself: about 1,000 rows a second. Here each
    column of a batch travels as one JSON array and PostgreSQL casts whole columns.

    The file is read again as plain lines, because dbt's reader takes an empty field, an
    empty string and the word null for the same thing. Here PostgreSQL's own CSV rules
    hold: an unquoted empty field is NULL and "" is the empty string.
#}

{% macro postgres__create_csv_table(model, agate_table) %}
    {%- set create_table -%}
        create table {{ this.render() }} (
            {%- for column in seed_columns(model, agate_table) %}
            {{ column.quoted }} {{ column.type }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
    {% call statement('_') %}{{ create_table }}{% endcall %}
    {{ return(create_table) }}
{% endmacro %}


{% macro postgres__load_csv_rows(model, agate_table) %}
    {%- set columns = seed_columns(model, agate_table) -%}
    {%- set width = columns | length -%}
    {%- set fields = seed_fields(model, agate_table, width) -%}
    {%- set rows_per_batch = 50000 -%}

    {%- for first_row in range(0, fields | length // width, rows_per_batch) -%}
        {%- set batch = fields[first_row * width:(first_row + rows_per_batch) * width] -%}
        {%- set bindings = [] -%}
        {%- for column in columns -%}
            {%- do bindings.append(tojson(batch[loop.index0::width])) -%}
        {%- endfor -%}
        {%- do adapter.add_query(
            seed_landing_sql(columns), bindings=bindings, abridge_sql_log=True
        ) -%}
        {%- do adapter.add_query(seed_cast_sql(model, columns, first_row)) -%}
    {%- endfor -%}

    {{ return(seed_cast_sql(model, columns, 0)) }}
{% endmacro %}


{% macro seed_columns(model, agate_table) %}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
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
{% macro seed_fields(model, agate_table, width) %}
    {%- set text = agate_table.column_types[0] -%}
    {%- do text.null_values.clear() -%}
    {%- set lines = agate_table.from_csv(
        agate_table.original_abspath,
        column_names=['line'],
        column_types=[text],
        header=False,
        encoding='utf-8-sig',
        delimiter='\x1f',
        quoting=3,
    ).columns['line'].values() -%}
    {%- set file_text = lines | map('default', '', true) | join('\n') ~ '\n' -%}

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


{% macro seed_landing_sql(columns) -%}
    drop table if exists pg_temp.seed_landing;
    create temporary table seed_landing on commit drop as
    select
        row_in_batch,
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
