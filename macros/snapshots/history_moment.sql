{#- The moment a change counts from: today's date of the data. Older data that are loaded
    again change nothing before what is known, so that no two versions overlap. -#}
{% macro history_moment() -%}
    {%- set known = load_relation(this) if execute else none -%}
    {%- if known -%}
        greatest(
            cast({{ as_of_date() }} as timestamp),
            coalesce(
                (select max(coalesce(dbt_valid_to, dbt_valid_from)) from {{ this }}),
                cast({{ as_of_date() }} as timestamp)
            )
        )
    {%- else -%}
        cast({{ as_of_date() }} as timestamp)
    {%- endif -%}
{%- endmacro %}

{#- What is gone ends at that moment too, and not by the clock of a machine. -#}
{% macro default__snapshot_get_time() -%}
    {{ history_moment() }}
{%- endmacro %}
