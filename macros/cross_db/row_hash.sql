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


{% macro sum_of_row_hashes(relation) -%}
    {{ return(adapter.dispatch('sum_of_row_hashes', 'streaming_analytics')(relation)) }}
{%- endmacro %}

{% macro default__sum_of_row_hashes(relation) -%}
    sum(cast({{ row_hash(relation) }} as numeric(38, 0)))
{%- endmacro %}

{% macro postgres__sum_of_row_hashes(relation) -%}
    {#- A sum of its bigints is a numeric, and adds them up faster than numerics. -#}
    sum({{ row_hash(relation) }})
{%- endmacro %}
