{% test rows_hold(
    model, unique=[], not_null=[], not_negative=[], at_least_one=[], is_share=[], between={},
    accepted={}, rules={}
) %}
    {#- Fails for each rule that a row breaks, with how many rows do and the keys of three.
        NULL breaks not_null and rules. A key of one column may be NULL in many rows; in one
        of several columns NULL is a value like others. One scan for the rules on one row,
        and one for each key of unique that no index holds.
        Of a contract, it also holds what the engine does not: see unenforced_constraints.
        Without rules and keys it is there for such engines only. Where the old rows of a
        kept table are known to hold the rules, those on one row read the table only if a
        row that came breaks one. -#}
    {{- config(enabled=(
        unique + not_null + not_negative + at_least_one + is_share + between.keys() | list
        + accepted.keys() | list + rules.keys() | list + unenforced_constraints()
    ) != []) -}}
    {%- set conditions = conditions_that_break(
        not_null, not_negative, at_least_one, is_share, between, accepted, rules
    ) -%}
    {%- set row_key = key_in_words(key_of_tested(unique)) -%}
    {%- set known = known_rules(model, conditions) if conditions else {} -%}
    {%- if known %}
    -- rules {{ known.rules }} of {{ known.model }} at {{ known.version }}
    {%- endif %}

    with

    {% if conditions -%}
    breaking as (

        select * from {{ model }}

        where
            (
                {{ conditions.values() | join('\n                or ') }}
            )
            {%- if known.is_known %}
            and exists (
                select 1 from {{ change_log(known.model) }}
                where
                    change_sign > 0
                    and ({{ conditions.values() | join(' or ') }})
            )
            {%- endif %}

    ),

    rules as (

        {% for name in conditions -%}
        select '{{ name }}' as rule_name
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    {% endif -%}
    broken as (

        {% if conditions -%}
        select
            rules.rule_name,
            {{ row_key }} as row_key,
            1 as key_rows

        from breaking

        cross join rules

        where
            case rules.rule_name
                {%- for name, condition in conditions.items() %}
                when '{{ name }}' then {{ condition }}
                {%- endfor %}
            end
        {%- else -%}
        select
            'none' as rule_name,
            'none' as row_key,
            1 as key_rows

        from {{ model }}

        where 1 = 0
        {%- endif %}
        {%- for statement in statements_that_find_broken_keys(model, unique) %}

        union all

        {{ statement }}
        {%- endfor %}

    ),

    numbered as (

        select
            rule_name,
            row_key,
            key_rows,
            row_number() over (partition by rule_name order by row_key) as place

        from broken

    )

    select
        rule_name,
        cast(sum(key_rows) as {{ dbt.type_bigint() }}) as broken_rows,
        max(case when place = 1 then row_key end) as example_1,
        max(case when place = 2 then row_key end) as example_2,
        max(case when place = 3 then row_key end) as example_3

    from numbered

    group by rule_name
{% endtest %}
