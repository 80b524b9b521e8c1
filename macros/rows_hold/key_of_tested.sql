{% macro tested_node() -%}
    {#- The model, seed or source that the test at hand was declared on. -#}
    {%- set id = (model.attached_node or model.depends_on.nodes[0]) if execute -%}
    {{ return(graph.nodes.get(id, graph.sources.get(id)) if execute else none) }}
{%- endmacro %}

{% macro key_of_tested() -%}
    {#- Columns of its primary key, or those that another test says are unique. -#}
    {%- set keys = [] -%}
    {%- set node = tested_node() -%}
    {%- if node -%}
        {%- for constraint in node.constraints or [] if constraint.type == 'primary_key' -%}
            {%- do keys.append(constraint.columns) -%}
        {%- endfor -%}
        {%- for test in graph.nodes.values()
            if test.resource_type == 'test' and test.test_metadata
            and test.depends_on.nodes == [node.unique_id] -%}
            {%- if test.test_metadata.name == 'unique_combination_of_columns' -%}
                {%- do keys.append(test.test_metadata.kwargs.columns) -%}
            {%- elif test.test_metadata.name == 'unique' -%}
                {%- do keys.append([test.test_metadata.kwargs.column_name]) -%}
            {%- endif -%}
        {%- endfor -%}
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
