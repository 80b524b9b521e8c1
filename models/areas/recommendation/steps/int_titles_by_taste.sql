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
        sum(tastes.taste_weight * content_weights.weight_billionths) as part_units

    from tastes

    inner join content_weights
        on tastes.content_id = content_weights.content_id

    group by 1, 2

),

region_parts as (

    select
        users.user_id,
        region_weights.content_id,
        -- A taste is counted in ten-thousandths.
        10000 * region_weights.weight_billionths as part_units

    from users

    inner join region_weights
        on users.region_code = region_weights.region_code

    -- Who has chosen nothing is told what is popular in the country.
    where users.chosen_titles > 0

),

score_parts as (

    select
        user_id,
        content_id,
        part_units as taste_units,
        part_units

    from taste_parts

    union all

    select
        user_id,
        content_id,
        0 as taste_units,
        part_units

    from region_parts

),

title_scores as (

    select
        user_id,
        content_id,
        cast(sum(taste_units) as bigint) as taste_units,
        cast(sum(part_units) as bigint) as score_units

    from score_parts

    group by 1, 2

    having sum(part_units) > 0

),

titles_allowed as (

    select
        title_scores.user_id,
        title_scores.content_id,
        titles.leading_genre_code,
        title_scores.taste_units,
        title_scores.score_units

    from title_scores

    inner join users
        on title_scores.user_id = users.user_id

    inner join titles
        on
            title_scores.content_id = titles.content_id
            and users.region_code = titles.region_code
            and users.audience_age >= titles.lowest_age

    left join feedback
        on
            title_scores.user_id = feedback.user_id
            and title_scores.content_id = feedback.content_id

    where feedback.user_id is null

),

titles_by_score as (

    select
        *,
        row_number() over (
            partition by user_id, leading_genre_code
            order by score_units desc, content_id asc
        ) as genre_rank

    from titles_allowed

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
