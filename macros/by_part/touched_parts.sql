{# Which parts changes reach, their rows, and how these differ: the same on each engine. #}

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


{% macro touched_parts_sql() -%}
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
                    'select ' ~ selected | join(', ') ~ ' from ' ~ changes_that_matter(input)
                    ~ ' as changes'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    with reached as (
        {{ queries | join(' union all ') }}
    )
    {%- if tail %},
    first_changes as (
        select {{ part | join(', ') }}, min(since) as changed_from
        from reached
        where {{ part | join(' is not null and ') }} is not null
        group by {{ part | join(', ') }}
    )
    {{ tails_sql(part, tail) }}
    {%- else %}
    select distinct {{ part | join(', ') }} from reached
    where {{ part | join(' is not null and ') }} is not null
    {%- endif %}
{%- endmacro %}


{% macro tails_sql(part, tail) -%}
    {#- The rest of a part from a change on: from which number, and since when. -#}
    {{ return(adapter.dispatch('tails_sql', 'streaming_analytics')(part, tail)) }}
{%- endmacro %}

{% macro default__tails_sql(part, tail) -%}
    {%- set is_part -%}
        {%- for column in part %}kept.{{ column }} = {{ '{0}' }}.{{ column }} and {% endfor -%}
    {%- endset -%}
    , numbered as (
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
{%- endmacro %}


{% macro changes_that_matter(input) -%}
    {#- The logged rows of an input, by the columns that the model names or passes on. Of a
        row that changed in others only, the old and the new state cancel each other. A
        sign of 0 says that nothing changed and is to be computed anew all the same. -#}
    {%- set config_texts = [config.get('reads'), config.get('reached_by'), config.get('tail')] -%}
    {%- set sql = without_comments(model.compiled_code) -%}
    {#- Of what the SQL does not read, the log is all that the model wants. -#}
    {{ return(changes_of_named_columns(
        change_log(input.name),
        sql if modules.re.search(whole_name(input.relation), sql) else none,
        config_texts | string ~ types_before().keys() | join(' ')
    )) }}
{%- endmacro %}


{% macro without_comments(sql) -%}
    {#- Two dashes between apostrophes are text. -#}
    {{ return(modules.re.sub(
        "('(?:[^']|'')*')|--[^\n]*|/\\*[\\s\\S]*?\\*/|\\{#[\\s\\S]*?#\\}", '\\1', sql
    )) }}
{%- endmacro %}


{% macro changes_of_named_columns(changes, sql, also='') -%}
    {#- The rows of a log, by the columns that a query or `also` names: all, where the query
        is none, or asks whether rows are the same in columns that nobody names. -#}
    {%- set is_by_name = sql and not modules.re.search(
        '(?i)distinct\\s+(\\w+\\.)?\\*|\\bunion\\b(?!\\s+all)|\\bexcept\\b|\\bintersect\\b', sql
    ) -%}
    {%- set columns = [] -%}
    {%- for column in run_query('select * from ' ~ changes ~ ' where 1 = 0').column_names
        if column != 'change_sign' and (
            not is_by_name or modules.re.search('(?i)\\b' ~ column ~ '\\b', sql ~ also)
        ) -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {{ return(
        '(select ' ~ columns | join(', ') ~ ' from ' ~ changes ~ ' group by '
        ~ (columns + writing_of_change()) | join(', ')
        ~ ' having sum(change_sign) <> 0 or min(abs(change_sign)) = 0)'
    ) }}
{%- endmacro %}


{% macro writing_of_change() -%}
    {#- Expressions that tell builds apart in a log: a model may have taken in what one
        build changed and the next, after a failure, changed back. -#}
    {{ return(adapter.dispatch('writing_of_change', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__writing_of_change() -%}
    {{ return(['cast(xmin as text)']) }}
{%- endmacro %}


{% macro with_relations(text, input) -%}
    {#- A query of the config, with the names in braces replaced by relations. -#}
    {%- set changes = changes_that_matter(input) -%}
    {%- set query = namespace(text=modules.re.sub(
        '\\{changed\\}(?!\\s+as\\b)', '{changed} as changes', text
    ) | replace('{changed}', changes)) -%}
    {%- for other in inputs_of_model() -%}
        {%- set query.text = query.text | replace('{' ~ other.name ~ '}', other.relation) -%}
    {%- endfor -%}
    {%- for table in modules.re.findall('\\{raw (\\w+)\\}', query.text) -%}
        {%- set query.text = query.text | replace('{raw ' ~ table ~ '}', raw(table)) -%}
    {%- endfor -%}
    {{ return(query.text | replace('{this}', rows_before() | string)) }}
{%- endmacro %}


{% macro is_touched(parts, expressions, is_own=false) -%}
    {%- set tail = config.get('tail') -%}
    {%- set also = '' -%}
    {%- if tail and is_own -%}
        {%- set also = 'touched.first_number <= whole.' ~ tail.number -%}
    {%- elif tail -%}
        {%- set also = 'touched.since <= whole.' ~ tail.since -%}
    {%- endif -%}
    {{ is_in_parts(
        parts, values_of_part(expressions), also, ['first_number', 'since'] if tail else []
    ) }}
{%- endmacro %}


{% macro values_of_part(expressions) -%}
    {%- set values = [] -%}
    {%- for column in part_of_model() -%}
        {%- do values.append(expressions[column]) -%}
    {%- endfor -%}
    {{ return(values) }}
{%- endmacro %}


{% macro is_without_part(relation, values) -%}
    {#- Rows whose part is NULL are always computed anew, because nothing equals NULL; empty
        where the relation has no such row. -#}
    {%- set conditions = [] -%}
    {%- for value in may_be_null(relation, values) -%}
        {#- The month of a day is null where the day is; and an index takes no month. -#}
        {%- do conditions.append(modules.re.sub(
            "^(?:cast\\(|date_trunc\\('\\w+', )+(\\w+)(?:\\)| as \\w+)*$", '\\1', value
        ) ~ ' is null') -%}
    {%- endfor -%}
    {{ return(conditions | join(' or ')) }}
{%- endmacro %}


{% macro index_rows_without_part() -%}
    {#- Nearly always there is none, and each model that reads parts of this one would go
        through all its rows to know. A new table has an index of these rows alone. -#}
    {%- set values = [] -%}
    {%- for node in graph.nodes.values() if model.name in (node.config.get('reads') or {}) -%}
        {%- set wanted = node.config.get('reads')[model.name] -%}
        {%- do values.extend(wanted.values() if wanted is mapping else wanted) -%}
    {%- endfor -%}
    {%- do values.extend(config.get('part') or []) -%}
    {%- set without = is_without_part(this, values | unique | list) -%}
    {%- if without -%}
        {% call statement('rows_without_part') %}
            create index on {{ this }} ({{ part_of_model() | first }})
            where {{ without }}
        {% endcall %}
    {%- endif -%}
{%- endmacro %}


{% macro touched_rows(parts, relation, expressions, is_own=false, columns='*') -%}
    {#- Two queries, because beside an `or` the parts can be joined by no hash. -#}
    {%- set without = is_without_part(relation, values_of_part(expressions)) -%}
    select {{ columns }} from {{ relation }} as whole
    where
        {{ is_touched(parts, expressions, is_own) }}
        {{ within_range_of_parts(parts, expressions, is_own) }}
    {%- if without %}
    union all
    select {{ columns }} from {{ relation }} where {{ without }}
    {%- endif -%}
{%- endmacro %}


{% macro within_range_of_parts(parts, expressions, is_own) -%}
    {#- What being touched implies, said of days and times alone: an index of these finds
        the rows of some days among those of years, whatever accounts they are of. -#}
    {%- set tail = config.get('tail') -%}
    {%- for column, (first, last) in ranges_of_parts(parts).items() %}
        {%- if column in expressions %}
        and {{ expressions[column] }} >= {{ first }} and {{ expressions[column] }} <= {{ last }}
        {%- elif tail and not is_own %}
        and {{ tail.since }} >= {{ first }}
        {%- endif %}
    {%- endfor -%}
{%- endmacro %}


{% macro ranges_of_parts(parts) -%}
    {#- Of each column of the parts that is a day or a time: its least and greatest value. -#}
    {{ return(adapter.dispatch('ranges_of_parts', 'streaming_analytics')(parts)) }}
{%- endmacro %}

{% macro default__ranges_of_parts(parts) -%}
    {%- set types, asked, ranges = {}, [], {} -%}
    {%- for row in run_query(
        'select attname, format_type(atttypid, atttypmod) from pg_attribute'
        ~ " where attrelid = to_regclass('" ~ parts ~ "') and attnum > 0"
        ~ " and atttypid in (cast('date' as regtype), cast('timestamp' as regtype))"
    ).rows -%}
        {%- do types.update({row[0]: row[1]}) -%}
        {%- for extreme in ('min', 'max') -%}
            {%- do asked.append('cast(' ~ extreme ~ '(' ~ row[0] ~ ') as text)') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if types -%}
        {%- set found = run_query('select ' ~ asked | join(', ') ~ ' from ' ~ parts).rows[0] -%}
        {%- for column, type in types.items() -%}
            {%- set first, last = found[2 * loop.index0], found[2 * loop.index0 + 1] -%}
            {%- if first -%}
                {#- The planner knows how many rows lie between values, not between queries. -#}
                {%- do ranges.update({column: (
                    "cast('" ~ first ~ "' as " ~ type ~ ')', "cast('" ~ last ~ "' as " ~ type ~ ')'
                )}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ranges) }}
{%- endmacro %}


{% macro is_in_parts(parts, values, also='', others=[]) -%}
    {#- Columns of the parts get other names, so that those in `values` are the row's own. -#}
    exists (
        select 1
        from {{ parts }} as touched (
            {%- for value in values %}part_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor -%}
            {%- for column in others %}, {{ column }}{% endfor -%}
        )
        where
            {%- for value in values %}
            touched.part_{{ loop.index }} = {{ value }}
            {{- within_period('touched.part_' ~ loop.index, value) }}
            {{- ' and' if also or not loop.last }}
            {%- endfor %}
            {{ also }}
    )
{%- endmacro %}


{% macro within_period(part, value) -%}
    {#- A day of a month or week says the same as the month of a day, and an index of days
        finds it. -#}
    {%- for unit, column in modules.re.findall(
        "^cast\\(date_trunc\\('(week|month)', (\\w+)\\) as date\\)$", value
    ) %}
            and {{ column }} >= {{ part }} and {{ column }} < {{ part }} + interval '1 {{ unit }}'
    {%- endfor -%}
{%- endmacro %}


{% macro may_be_null(relation, values) -%}
    {{ return(adapter.dispatch('may_be_null', 'streaming_analytics')(relation, values)) }}
{%- endmacro %}

{% macro default__may_be_null(relation, values) -%}
    {#- A cast or a date of a column that is never null is not null either; nor is what falls
        back on such a column. -#}
    {%- set never_null = run_query(
        "select attname from pg_attribute where attrelid = to_regclass('" ~ relation ~ "')"
        ~ ' and attnum > 0 and attnotnull'
    ).rows | map(attribute=0) | list -%}
    {%- set found = [] -%}
    {%- for value in values -%}
        {%- set column = modules.re.sub(
            "^(?:cast\\(|date_trunc\\('\\w+', |coalesce\\(\\w+, )*(\\w+)(?:\\)| as \\w+)*$", '\\1', value
        ) -%}
        {%- if column not in never_null -%}
            {%- do found.append(value) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{% macro rows_before() -%}
    {#- Where the model's rows are as the last build left them. -#}
    {{ return(adapter.dispatch('rows_before', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__rows_before() -%}
    {{ return(this) }}
{%- endmacro %}


{% macro types_before() -%}
    {#- The model's columns, quoted, and the type that a new row's value is cast to; none
        where it comes by itself. -#}
    {{ return(adapter.dispatch('types_before', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__types_before() -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(this) -%}
        {%- do types.update({column.quoted: none}) -%}
    {%- endfor -%}
    {%- for column in model.columns.values() if config.get('contract').enforced -%}
        {%- do types.update({adapter.quote(column.name): column.data_type}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}


{% macro touched_inputs(parts) -%}
    {#- Of each input that is read by parts: name, relation, what the model's SQL is given in
        its place, and the query for that: its rows of the touched parts. -#}
    {%- set inputs = [] -%}
    {%- for input in inputs_of_model() if input.name in config.get('reads', {}) -%}
        {%- do inputs.append({
            'name': input.name,
            'relation': input.relation,
            'rows': 'touched_' ~ input.name,
            'sql': touched_rows(parts, input.relation, part_in_input(input.name)),
        }) -%}
    {%- endfor -%}
    {{ return(inputs) }}
{%- endmacro %}


{% macro new_rows_sql(sql, inputs, parts) -%}
    {#- The rows of the touched parts as they should be. -#}
    {%- set tail = config.get('tail') -%}
    {%- set restricted = namespace(sql=sql) -%}
    {%- for input in inputs -%}
        {%- set name = whole_name(input.relation) -%}
        {#- The model keeps the name that it calls the rows by. -#}
        {%- set restricted.sql = modules.re.sub(
            name ~ '(?!\\s+as\\b)', input.rows ~ ' as ' ~ input.name,
            modules.re.sub(name ~ '(?=\\s+as\\b)', input.rows, restricted.sql)
        ) -%}
    {%- endfor %}
    select
        {%- for column, type in types_before().items() %}
        {%- set value = 'computed.' ~ column -%}
        {%- if tail and column == adapter.quote(tail.number) -%}
            {%- set value = value ~ ' + touched.first_number - 1' -%}
        {%- endif %}
        {{ 'cast(' ~ value ~ ' as ' ~ type ~ ')' if type else value }}
        as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ restricted.sql }}
    ) as computed
    {%- if tail %}
    inner join {{ parts }} as touched
        using ({{ part_of_model() | join(', ') }})
    {%- endif %}
{%- endmacro %}


{% macro changed_rows_sql(old, new) -%}
    {#- Rows that left, and rows that came. -#}
    {%- set columns = types_before().keys() | join(', ') %}
    select {{ columns }}, cast(sum(change_sign) as bigint) as change_sign
    from (
        select {{ columns }}, 1 as change_sign from {{ new }}
        union all
        select {{ columns }}, -1 as change_sign from {{ old }}
    ) as both_sides
    group by {{ columns }}
    having sum(change_sign) <> 0
{%- endmacro %}
