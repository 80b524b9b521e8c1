{#
    One rule for a quotient on every engine: the exact quotient, rounded half away from
    zero once, at the last digit of the type: docs/decisions/0061-one-result-on-each-engine.md
#}

{% macro ratio(numerator, denominator, data_type='numeric(12, 6)', digits=6) -%}
    {{ return(adapter.dispatch('ratio', 'streaming_analytics')(
        numerator, denominator, data_type, digits
    )) }}
{%- endmacro %}

{% macro default__ratio(numerator, denominator, data_type, digits) -%}
    cast(
        cast({{ numerator }} as numeric(30, {{ digits }}))
        / nullif(cast({{ denominator }} as numeric(30, 6)), 0) as {{ data_type }}
    )
{%- endmacro %}

{% macro duckdb__ratio(numerator, denominator, data_type, digits) -%}
    {#- DuckDB divides decimals as floats. Whole numbers of units are divided instead: twice
        the numerator and once the denominator, over twice the denominator. -#}
    {%- set scale = scale_of(data_type) -%}
    {%- set more = scale + 6 - digits -%}
    {%- set top = 'cast(cast(' ~ numerator ~ ' as numeric(30, ' ~ digits ~ ')) * '
        ~ 10 ** digits ~ ' as hugeint)' ~ (' * ' ~ 10 ** more if more > 0 else '') -%}
    {%- set bottom = 'cast(cast(' ~ denominator ~ ' as numeric(30, 6)) * 1000000 as hugeint)'
        ~ (' * ' ~ 10 ** (-more) if more < 0 else '') -%}
    cast(
        cast(
            sign({{ top }}) * sign({{ bottom }}) * (
                (2 * abs({{ top }}) + abs({{ bottom }}))
                // nullif(2 * abs({{ bottom }}), 0)
            ) as numeric({{ 37 - scale }}, 0)
        )
        * {{ '0.' ~ '0' * (scale - 1) ~ '1' if scale else '1' }} as {{ data_type }}
    )
{%- endmacro %}

{% macro spark__ratio(numerator, denominator, data_type, digits) -%}
    {#- Spark rounds a quotient of decimals to the digits that are left of 38, which would be
        rounded again to the type. So here too whole numbers of units are divided, and what
        is left over is taken away first, so that the quotient is whole. -#}
    {%- set scale = scale_of(data_type) -%}
    {%- set more = scale + 6 - digits -%}
    {%- set top = 'cast(cast(' ~ numerator ~ ' as numeric(30, ' ~ digits ~ ')) * '
        ~ 10 ** digits ~ 'BD as numeric(38, 0))'
        ~ (' * ' ~ 10 ** more ~ 'BD' if more > 0 else '') -%}
    {%- set bottom = 'cast(cast(' ~ denominator ~ ' as numeric(30, 6)) * 1000000BD'
        ~ ' as numeric(38, 0))' ~ (' * ' ~ 10 ** (-more) ~ 'BD' if more < 0 else '') -%}
    {%- set whole = '(2BD * abs(' ~ top ~ ') + abs(' ~ bottom ~ '))' -%}
    {%- set part = 'nullif(2BD * abs(' ~ bottom ~ '), 0BD)' -%}
    cast(
        cast(
            cast(sign({{ top }}) * sign({{ bottom }}) as numeric(1, 0))
            * (({{ whole }} - {{ whole }} % {{ part }}) / {{ part }})
            as numeric({{ 37 - scale }}, 0)
        )
        * {{ '0.' ~ '0' * (scale - 1) ~ '1BD' if scale else '1BD' }} as {{ data_type }}
    )
{%- endmacro %}

{% macro scale_of(data_type) -%}
    {{ return(modules.re.fullmatch(
        'numeric\\(\\d+, (\\d+)\\)', data_type
    ).group(1) | int) }}
{%- endmacro %}
