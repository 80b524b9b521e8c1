{% macro explain_broken_rules(results) -%}
    {#- Says which rules of each failed rows_hold are broken, by how many rows and which. -#}
    {%- if execute -%}
        {%- for result in results
            if result.node.test_metadata and result.node.test_metadata.name == 'rows_hold'
            and result.status in ('fail', 'warn') -%}
            {%- for row in run_query(result.node.compiled_code).rows -%}
                {%- set name = (result.node.attached_node or result.node.name).split('.')[-1] -%}
                {%- set examples = row.values()[2:] | reject('none') | join('; ') -%}
                {{ log(
                    name ~ " breaks " ~ row[0] ~ " in " ~ row[1]
                    ~ (" row" if row[1] == 1 else " rows") ~ ", such as " ~ examples,
                    info=true
                ) }}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
