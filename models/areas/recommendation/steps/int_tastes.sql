{{ config(
    part=['user_id'],
    reads={'fct_content_feedback': ['user_id']},
    reached_by={
        'stg_ml__recommender_settings': '
            select user_id from {fct_content_feedback}
            where exists (select taste_titles from {changed})',
    },
) }}

-- Whole numbers, so that sums over a taste are the same in any order and in Python.
-- docs/decisions/0028-feedback-and-taste.md

{%- set fading_days = integer_var('taste_fading_days', 1, 3660) %}

with

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

settings as (

    select * from {{ ref('stg_ml__recommender_settings') }}

),

-- One row. Before anything is trained nothing is scored, and any number does.
longest_tastes as (

    select
        coalesce(max(taste_titles), {{ integer_var('taste_titles', 1, 1000) }})
            as taste_titles

    from settings

),

last_choices as (

    select
        user_id,
        max(chosen_date) as last_chosen_date

    from feedback

    group by 1

),

taste_weights as (

    select
        feedback.user_id,
        feedback.content_id,
        cast(
            {{ ratio(
                '100 * ' ~ fading_days ~ ' * feedback.feedback_percent',
                fading_days ~ ' + ' ~ dbt.datediff(
                    'feedback.chosen_date', 'last_choices.last_chosen_date', 'day'
                ),
                'numeric(18, 0)'
            ) }} as integer
        ) as taste_weight

    from feedback

    inner join last_choices
        on feedback.user_id = last_choices.user_id

),

titles_by_weight as (

    select
        *,
        row_number() over (
            partition by user_id
            order by taste_weight desc, content_id asc
        ) as taste_rank

    from taste_weights

),

final as (

    select

        ---------- ids
        titles_by_weight.user_id,
        titles_by_weight.content_id,

        ---------- numerics
        titles_by_weight.taste_weight

    from titles_by_weight

    inner join longest_tastes
        on titles_by_weight.taste_rank <= longest_tastes.taste_titles

)

select * from final
