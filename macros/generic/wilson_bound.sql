{% macro wilson_bound(successes, trials, side) -%}
    {#- z = 1.96 for 95 %. No bound where there were no trials. -#}
    {%- set z = z_score() | float -%}
    {%- set sign = {'lower': '-', 'upper': '+'}[side] -%}
    {%- set n = 'cast(' ~ trials ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set p = '(cast(' ~ successes ~ ' as ' ~ type_double() ~ ') / ' ~ n ~ ')' -%}
    cast(
        case
            when {{ trials }} > 0 then (
                {{ p }} + {{ z * z / 2 }} / {{ n }}
                {{ sign }} {{ z }} * sqrt(
                    {{ p }} * (1 - {{ p }}) / {{ n }}
                    + {{ z * z / 4 }} / ({{ n }} * {{ n }})
                )
            ) / (1 + {{ z * z }} / {{ n }})
        end as numeric(12, 6)
    )
{%- endmacro %}
