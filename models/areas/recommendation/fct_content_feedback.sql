{{ config(
    part=['user_id', 'content_id'],
    since='chosen_date',
    reads={
        'fct_content_viewers': ['user_id', 'content_id'],
        'fct_ratings': ['user_id', 'content_id'],
    },
) }}

-- What an account chose, and how much that says of its taste. A rating stands in where
-- no play is known. docs/decisions/0028-feedback-and-taste.md

with

viewers as (

    select * from {{ ref('fct_content_viewers') }}

    where is_starter

),

ratings as (

    select * from {{ ref('fct_ratings') }}

),

feedback_from_viewing as (

    select
        user_id,
        content_id,
        'viewing' as feedback_source,
        case
            when is_completer then 100
            else 50 + cast(round(50 * coalesce(completion_ratio, 0)) as integer)
        end as feedback_percent,
        first_started_at as chosen_at

    from viewers

),

feedback_from_ratings as (

    select
        ratings.user_id,
        ratings.content_id,
        'rating' as feedback_source,
        cast(20 * ratings.rating as integer) as feedback_percent,
        ratings.rated_at as chosen_at

    from ratings

    left join viewers
        on
            ratings.user_id = viewers.user_id
            and ratings.content_id = viewers.content_id

    where viewers.user_id is null

),

feedback as (

    select * from feedback_from_viewing

    union all

    select * from feedback_from_ratings

),

final as (

    select

        ---------- ids
        user_id,
        content_id,

        ---------- strings
        feedback_source,

        ---------- numerics
        cast(feedback_percent as integer) as feedback_percent,

        ---------- dates
        cast(chosen_at as date) as chosen_date,

        ---------- timestamps
        chosen_at

    from feedback

)

select * from final
