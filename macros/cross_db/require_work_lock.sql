{#- Candidate is what is audited and published: only a job that holds the work lock may
    write it. `streaming build` says which session of the server holds its lock. #}

{% macro require_work_lock() -%}
    {{ return(adapter.dispatch('require_work_lock', 'streaming_analytics')()) }}
{%- endmacro %}

{% macro default__require_work_lock() -%}
{%- endmacro %}

{% macro postgres__require_work_lock() -%}
    {%- set writes = flags.WHICH in ('build', 'run', 'seed', 'snapshot') -%}
    {%- if execute and target.name == 'candidate' and writes -%}
        {%- set session = env_var('STREAMING_WORK_LOCK', '0') | int -%}
        {%- set holders = run_query(
            "select pid from pg_locks where locktype = 'relation' and granted"
            ~ " and mode = 'ExclusiveLock' and relation = to_regclass('audit.work_lock')"
            ~ " and pid = " ~ session
        ) -%}
        {%- if not holders.rows -%}
            {%- do exceptions.raise_compiler_error(
                'target candidate is what is audited and published, and only streaming '
                ~ 'build writes it, under the work lock. Run: streaming build. Or build '
                ~ 'into schemas of your own: dbt build --target dev'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
