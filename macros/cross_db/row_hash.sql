{% macro row_hash(relation) -%}
    {{ return(adapter.dispatch('row_hash', 'streaming_analytics')(relation)) }}
{%- endmacro %}

{% macro default__row_hash(relation) -%}
    {#- Hashed twice: a record's hash adds up its columns', each by a factor, so that two rows
        that trade a value would leave the sum of both as it was. -#}
    hashint8extended(hash_record_extended({{ relation }}, 0), 0)
{%- endmacro %}

{% macro duckdb__row_hash(relation) -%}
    {#- The name of a relation stands for its whole row, as in PostgreSQL. -#}
    hash({{ relation }})
{%- endmacro %}

{% macro spark__row_hash(relation) -%}
    {#- Spark's hash takes all columns at once. -#}
    xxhash64(*)
{%- endmacro %}
