-- A new title's turn comes by a hash, and first to those who watch its genre:
-- docs/decisions/0029-recommendation-lists.md

{% set ranks = integer_var('recommendation_ranks', 1, 100) %}
{% set new_every = integer_var('new_title_every_ranks', 2, 100) %}

with

users as (

    select * from {{ ref('int_users_to_advise') }}

),

titles as (

    select * from {{ ref('int_titles_on_offer') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

titles_picked as (

    select * from {{ ref('int_titles_picked') }}

),

genres_of_users as (

    select distinct
        feedback.user_id,
        coalesce(content.leading_genre_code, 'none') as leading_genre_code

    from feedback

    inner join content
        on feedback.content_id = content.content_id

),

-- A hash of both keys gives every new title its turn, the same on every build.
unseen_new_titles as (

    select
        users.user_id,
        titles.content_id,
        case when genres_of_users.user_id is null then 2 else 1 end as genre_order,
        {{ dbt.hash(dbt.concat(['users.user_id', "'-'", 'titles.content_id'])) }}
            as drawing_number

    from users

    inner join titles
        on
            users.region_code = titles.region_code
            and users.audience_age >= titles.lowest_age

    left join feedback
        on
            users.user_id = feedback.user_id
            and titles.content_id = feedback.content_id

    left join titles_picked
        on
            users.user_id = titles_picked.user_id
            and titles.content_id = titles_picked.content_id

    left join genres_of_users
        on
            users.user_id = genres_of_users.user_id
            and titles.leading_genre_code = genres_of_users.leading_genre_code

    where
        titles.is_new
        and feedback.user_id is null
        and titles_picked.user_id is null

),

titles_in_drawing_order as (

    select
        *,
        row_number() over (
            partition by user_id
            order by genre_order, drawing_number, content_id
        ) as drawing_rank

    from unseen_new_titles

),

new_titles_drawn as (

    select
        user_id,
        content_id,
        drawing_rank

    from titles_in_drawing_order

    where drawing_rank <= {{ ranks // new_every }}

)

select * from new_titles_drawn
