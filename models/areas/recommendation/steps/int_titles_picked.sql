-- Titles that the account's taste and region speak for come first, and what is popular
-- in the country fills the list.
-- Which genre waits for which: docs/decisions/0029-recommendation-lists.md

{% set ranks = integer_var('recommendation_ranks', 1, 100) %}
{% set per_genre = integer_var('recommendations_per_genre', 1, 100) %}
{# The popular part can choose its genres among so many times the places of a list. #}
{% set popular_choice = 3 %}

with

users as (

    select * from {{ ref('int_users_to_advise') }}

),

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

titles_by_taste as (

    select * from {{ ref('int_titles_by_taste') }}

),

titles_by_popularity as (

    select * from {{ ref('int_titles_by_popularity') }}

),

scored_titles as (

    select
        user_id,
        count(*) as titles

    from titles_by_taste

    group by 1

),

-- Who has a full list already needs no popular titles.
users_with_places as (

    select
        users.user_id,
        users.country_code,
        users.audience_age,
        users.chosen_titles,
        coalesce(scored_titles.titles, 0) as scored_titles

    from users

    left join scored_titles
        on users.user_id = scored_titles.user_id

    where coalesce(scored_titles.titles, 0) < {{ ranks }}

),

-- As many more as the account has chosen: those are taken out again.
popular_unseen_titles as (

    select
        users_with_places.user_id,
        users_with_places.scored_titles,
        titles_by_popularity.content_id,
        titles_by_popularity.leading_genre_code,
        titles_by_popularity.popularity_rank

    from users_with_places

    inner join titles_by_popularity
        on
            users_with_places.country_code = titles_by_popularity.country_code
            and users_with_places.audience_age = titles_by_popularity.audience_age
            and users_with_places.chosen_titles + {{ popular_choice * ranks }}
            >= titles_by_popularity.popularity_rank

    left join feedback
        on
            users_with_places.user_id = feedback.user_id
            and titles_by_popularity.content_id = feedback.content_id

    left join titles_by_taste
        on
            users_with_places.user_id = titles_by_taste.user_id
            and titles_by_popularity.content_id = titles_by_taste.content_id

    where
        feedback.user_id is null
        and titles_by_taste.user_id is null

),

popular_in_genres as (

    select
        *,
        row_number() over (
            partition by user_id, leading_genre_code
            order by popularity_rank
        ) as genre_rank

    from popular_unseen_titles

),

-- Each part has an order of its own: one for both would sort what is sorted by account
-- anew.
taste_in_order as (

    select
        user_id,
        content_id,
        case when taste_units > 0 then 'history' else 'popular' end as reason,
        score_units,
        row_number() over (
            partition by user_id
            order by
                floor((genre_rank - 1) / {{ per_genre }}.0) asc,
                score_units desc,
                content_id asc
        ) as place

    from titles_by_taste

),

popular_in_order as (

    select
        user_id,
        content_id,
        'popular' as reason,
        cast(0 as bigint) as score_units,
        scored_titles + row_number() over (
            partition by user_id
            order by
                floor((genre_rank - 1) / {{ per_genre }}.0) asc,
                popularity_rank asc,
                content_id asc
        ) as place

    from popular_in_genres

),

titles_in_order as (

    select * from taste_in_order

    union all

    select * from popular_in_order

),

titles_picked as (

    select
        user_id,
        content_id,
        reason,
        score_units,
        place

    from titles_in_order

    where place <= {{ ranks }}

)

select * from titles_picked
