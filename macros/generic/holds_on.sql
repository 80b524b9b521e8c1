{% macro holds_on(span, day) -%}
    {{ day }} >= {{ span }}.valid_from_date
            and (
                {{ span }}.valid_until_date is null
                or {{ day }} < {{ span }}.valid_until_date
            )
{%- endmacro %}
