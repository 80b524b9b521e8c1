{% macro local_time(utc_timestamp, time_zone) -%}
    {{ return(adapter.dispatch('local_time', 'streaming_analytics')(utc_timestamp, time_zone)) }}
{%- endmacro %}

{% macro default__local_time(utc_timestamp, time_zone) -%}
    ({{ utc_timestamp }} at time zone 'UTC') at time zone {{ time_zone }}
{%- endmacro %}

{% macro spark__local_time(utc_timestamp, time_zone) -%}
    {#- Spark has no `at time zone`. -#}
    from_utc_timestamp({{ utc_timestamp }}, {{ time_zone }})
{%- endmacro %}
