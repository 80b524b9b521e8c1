{#
    Parquet knows no MERGE: the versions that are there, with the ends of those that changed,
    and the new ones go into a new table, which takes the old one's place. What is a new
    version, and when, is dbt's own query, as on every engine.
#}

{% materialization snapshot, adapter='spark' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set present = load_cached_relation(this) -%}
    {%- set strategy = strategy_dispatch(config.get('strategy'))(
        model, 'snapshotted_data', 'source_data', model.config, present is not none
    ) -%}
    {%- set next = target.incorporate(path={'identifier': this.identifier ~ '__next'}) -%}
    {%- set staged = target.incorporate(
        type='view', path={'identifier': this.identifier ~ '__staged'}
    ) -%}
    {%- do run_hooks(pre_hooks) -%}
    {%- if not present -%}
        {%- call statement('main') -%}
            {{ create_table_as(
                False, target, build_snapshot_table(strategy, model.compiled_code)
            ) }}
        {%- endcall -%}
    {%- else -%}
        {%- set columns = adapter.get_columns_in_relation(present)
            | map(attribute='quoted') | list -%}
        {%- do run_query(create_view_as(
            staged, snapshot_staging_table(strategy, model.compiled_code, target)
        )) -%}
        {%- do run_query('drop table if exists ' ~ next) -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, next, versions_sql(present, staged, columns)) }}
        {%- endcall -%}
        {%- do run_query('drop view ' ~ staged) -%}
        {%- do adapter.drop_relation(present) -%}
        {%- do adapter.rename_relation(next, target) -%}
    {%- endif -%}
    {%- do persist_docs(target, model) -%}
    {%- do run_hooks(post_hooks) -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% macro versions_sql(present, staged, columns) -%}
    with

    ended as (

        select dbt_scd_id, max(dbt_valid_to) as dbt_valid_to

        from {{ staged }}

        where dbt_change_type in ('update', 'delete')

        group by dbt_scd_id

    )

    select
        {%- for column in columns %}
        {% if column == '`dbt_valid_to`' -%}
        coalesce(versions.dbt_valid_to, ended.dbt_valid_to) as dbt_valid_to
        {%- else -%}
        versions.{{ column }}
        {%- endif -%}
        {{- ',' if not loop.last }}
        {%- endfor %}

    from {{ present }} as versions

    left join ended
        on versions.dbt_scd_id = ended.dbt_scd_id

    union all

    select {{ columns | join(', ') }}

    from {{ staged }}

    where dbt_change_type = 'insert'
{%- endmacro %}
