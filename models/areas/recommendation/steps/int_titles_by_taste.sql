-- The item weights times each account's taste, and what its region says for a title:
-- the same whole numbers as in Python.
-- docs/decisions/0069-regions-in-the-recommender.md
-- Only titles that could be on a list go on, which is what keeps this small.

with

tastes as (

    select * from {{ ref('int_tastes') }}

),

content_weights as (

    select * from {{ ref('stg_ml__content_weights') }}

),

region_weights as (

    select * from {{ ref('stg_ml__region_weights') }}

),

users as (

    select * from {{ ref('int_users_to_advise') }}

),

titles as (

    select * from {{ ref('int_titles_on_offer') }}

),

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

taste_parts as (

    select
        tastes.user_id,
        content_weights.neighbour_content_id as content_id,
        cast(
            sum(tastes.taste_weight * content_weights.weight_billionths) as bigint
        ) as taste_units

    from tastes

    inner join content_weights
        on tastes.content_id = content_weights.content_id

    group by 1, 2

),

titles_and_region as (

    select
        titles.*,
        -- A taste is counted in ten-thousandths.
        10000 * coalesce(region_weights.weight_billionths, 0) as region_units

    from titles

    left join region_weights
        on
            titles.content_id = region_weights.content_id
            and titles.region_code = region_weights.region_code

),

titles_allowed as (

    select
        users.user_id,
        titles_and_region.content_id,
        titles_and_region.leading_genre_code,
        coalesce(taste_parts.taste_units, 0) as taste_units,
        coalesce(taste_parts.taste_units, 0)
        + titles_and_region.region_units as score_units

    from users

    inner join titles_and_region
        on
            users.region_code = titles_and_region.region_code
            and users.audience_age >= titles_and_region.lowest_age

    left join taste_parts
        on
            users.user_id = taste_parts.user_id
            and titles_and_region.content_id = taste_parts.content_id

    left join feedback
        on
            users.user_id = feedback.user_id
            and titles_and_region.content_id = feedback.content_id

    where
        feedback.user_id is null
        -- Who has chosen nothing is told what is popular in the country.
        and users.chosen_titles > 0

),

titles_by_score as (

    select
        *,
        row_number() over (
            partition by user_id, leading_genre_code
            order by score_units desc, content_id asc
        ) as genre_rank

    from titles_allowed

    where score_units > 0

),

final as (

    select

        ---------- ids
        user_id,
        content_id,

        ---------- strings
        leading_genre_code,

        ---------- numerics
        taste_units,
        score_units,
        genre_rank

    from titles_by_score

    -- A list cannot have more of a genre.
    where genre_rank <= {{ integer_var('recommendation_ranks', 1, 100) }}

)

select * from final
