{% macro explain_failed_tests(results) -%}
    {#- Says what failed tests found: of rows_hold which rules are broken, by how many rows
        and which; of others their first rows. -#}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test' and result.status in ('fail', 'warn') -%}
            {%- if (result.node.test_metadata or {}).name == 'rows_hold' -%}
                {%- do tell_broken_rules(result.node) -%}
            {%- else -%}
                {%- do tell_found_rows(result.node) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{% macro tell_broken_rules(node) -%}
    {%- for row in run_query(node.compiled_code).rows -%}
        {%- set name = (node.attached_node or node.name).split('.')[-1] -%}
        {%- set examples = row.values()[2:] | reject('none') | join('; ') -%}
        {{ log(
            name ~ " breaks " ~ row[0] ~ " in " ~ row[1]
            ~ (" row" if row[1] == 1 else " rows") ~ ", such as " ~ examples,
            info=true
        ) }}
    {%- endfor -%}
{%- endmacro %}


{% macro tell_found_rows(node) -%}
    {%- set found = run_query(
        'select * from (\n' ~ node.compiled_code ~ '\n) as found order by 1 limit 3'
    ) -%}
    {%- for row in found.rows -%}
        {%- set values = [] -%}
        {%- for column, value in row.items() -%}
            {%- do values.append(column ~ ' ' ~ value) -%}
        {%- endfor -%}
        {{ log(node.name ~ ' found ' ~ values | join(', '), info=true) }}
    {%- endfor -%}
{%- endmacro %}
