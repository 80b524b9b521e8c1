{% macro tested_node() -%}
    {#- The model, seed or source that the test at hand was declared on. -#}
    {%- set id = (model.attached_node or model.depends_on.nodes[0]) if execute -%}
    {{ return(graph.nodes.get(id, graph.sources.get(id)) if execute else none) }}
{%- endmacro %}

{% macro key_of_tested(unique) -%}
    {#- Columns of its primary key, or those that the test says are unique, or all. -#}
    {%- set keys = [] -%}
    {%- set node = tested_node() -%}
    {%- if node -%}
        {%- for constraint in node.constraints or [] if constraint.type == 'primary_key' -%}
            {%- do keys.append(constraint.columns) -%}
        {%- endfor -%}
        {%- do keys.extend(unique) -%}
        {%- do keys.append(node.columns.keys() | list) -%}
    {%- endif -%}
    {{ return((keys | first) or ['1']) }}
{%- endmacro %}

{% macro key_in_words(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append(
            "coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), 'NULL')"
        ) -%}
    {%- endfor -%}
    {{ return(parts | join(" || ', ' || ")) }}
{%- endmacro %}
