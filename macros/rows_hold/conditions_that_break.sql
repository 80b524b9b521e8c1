{% macro conditions_that_break(
    not_null, not_negative, at_least_one, is_share, between, accepted, rules
) -%}
    {%- set conditions = {} -%}
    {%- for column in not_null + unenforced_not_null() -%}
        {%- do conditions.update({column ~ '_is_not_null': '(' ~ column ~ ' is null)'}) -%}
    {%- endfor -%}
    {%- for column in not_negative -%}
        {%- do conditions.update({column ~ '_is_not_negative': '(' ~ column ~ ' < 0)'}) -%}
    {%- endfor -%}
    {%- for column in at_least_one -%}
        {%- do conditions.update({column ~ '_is_at_least_1': '(' ~ column ~ ' < 1)'}) -%}
    {%- endfor -%}
    {%- for column in is_share -%}
        {%- do conditions.update({
            column ~ '_is_a_share': '(' ~ column ~ ' < 0 or ' ~ column ~ ' > 1)'
        }) -%}
    {%- endfor -%}
    {%- for column, bounds in between.items() -%}
        {%- do conditions.update({
            column ~ '_is_between_' ~ bounds | join('_and_'):
            '(' ~ column ~ ' < ' ~ bounds[0] ~ ' or ' ~ column ~ ' > ' ~ bounds[1] ~ ')'
        }) -%}
    {%- endfor -%}
    {%- for column, values in accepted.items() -%}
        {%- set listed = [] -%}
        {%- for value in values -%}
            {%- do listed.append("'" ~ value ~ "'" if value is string else value) -%}
        {%- endfor -%}
        {%- do conditions.update({
            column ~ '_is_accepted': '(' ~ column ~ ' not in (' ~ listed | join(', ') ~ '))'
        }) -%}
    {%- endfor -%}
    {%- for name, rule in rules.items() -%}
        {%- do conditions.update({name: '(not coalesce((' ~ rule ~ '), false))'}) -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}
