-- Titles that the account's taste speaks for come first, popular ones fill the list,
-- and every tenth place is a new title's. Which genre waits for which, and how new
-- titles are drawn: docs/decisions/0029-recommendation-lists.md

{% set ranks = integer_var('recommendation_ranks', 1, 100) %}
{% set per_genre = integer_var('recommendations_per_genre', 1, 100) %}
{% set new_every = integer_var('new_title_every_ranks', 2, 100) %}
{# The popular part can choose its genres among so many times the places of a list. #}
{% set popular_choice = 3 %}

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

by_taste as (

    select * from {{ ref('int_titles_by_taste') }}

),

by_popularity as (

    select * from {{ ref('int_titles_by_popularity') }}

),

tastes as (

    select * from {{ ref('int_tastes') }}

),

weights as (

    select * from {{ ref('stg_ml__content_weights') }}

),

-- As many more as the account has chosen: those are taken out again.
popular as (

    select
        users.user_id,
        by_popularity.content_id,
        by_popularity.leading_genre_code,
        by_popularity.popularity_rank

    from users

    inner join by_popularity
        on
            users.country_code = by_popularity.country_code
            and users.audience_age = by_popularity.audience_age
            and users.chosen_titles + {{ popular_choice * ranks }}
            >= by_popularity.popularity_rank

    left join feedback
        on
            users.user_id = feedback.user_id
            and by_popularity.content_id = feedback.content_id

    left join by_taste
        on
            users.user_id = by_taste.user_id
            and by_popularity.content_id = by_taste.content_id

    where
        feedback.user_id is null
        and by_taste.user_id is null

),

popular_in_genres as (

    select
        *,
        row_number() over (
            partition by user_id, leading_genre_code
            order by popularity_rank
        ) as genre_rank

    from popular

),

candidates as (

    select
        user_id,
        content_id,
        'history' as reason,
        1 as reason_order,
        genre_rank,
        score_units,
        0 as popularity_rank

    from by_taste

    union all

    select
        user_id,
        content_id,
        'popular' as reason,
        2 as reason_order,
        genre_rank,
        cast(0 as bigint) as score_units,
        popularity_rank

    from popular_in_genres

),

chosen as (

    select
        *,
        row_number() over (
            partition by user_id
            order by
                reason_order asc,
                floor((genre_rank - 1) / {{ per_genre }}.0) asc,
                score_units desc,
                popularity_rank asc,
                content_id asc
        ) as place

    from candidates

),

personal as (

    select * from chosen

    where place <= {{ ranks }}

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
unseen_new as (

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

    left join personal
        on
            users.user_id = personal.user_id
            and titles.content_id = personal.content_id

    left join genres_of_users
        on
            users.user_id = genres_of_users.user_id
            and titles.leading_genre_code = genres_of_users.leading_genre_code

    where
        titles.is_new
        and feedback.user_id is null
        and personal.user_id is null

),

drawn as (

    select
        *,
        row_number() over (
            partition by user_id
            order by genre_order, drawing_number, content_id
        ) as drawing_rank

    from unseen_new

),

new_titles as (

    select * from drawn

    where drawing_rank <= {{ ranks // new_every }}

),

new_counts as (

    select
        user_id,
        count(*) as new_titles

    from new_titles

    group by 1

),

placed as (

    select
        personal.user_id,
        personal.content_id,
        personal.reason,
        personal.score_units,
        -- Each new title before it moves a title one place down.
        personal.place + least(
            coalesce(new_counts.new_titles, 0),
            floor((personal.place - 1) / {{ new_every - 1 }}.0)
        ) as place

    from personal

    left join new_counts
        on personal.user_id = new_counts.user_id

    union all

    select
        user_id,
        content_id,
        'new' as reason,
        cast(0 as bigint) as score_units,
        drawing_rank * {{ new_every }} as place

    from new_titles

),

-- Where the catalogue is too small for a full list, places would be left empty.
ranked as (

    select
        *,
        row_number() over (
            partition by user_id
            order by place
        ) as recommendation_rank

    from placed

),

listed as (

    select * from ranked

    where recommendation_rank <= {{ ranks }}

),

contributions as (

    select
        listed.user_id,
        listed.content_id,
        tastes.content_id as because_content_id,
        row_number() over (
            partition by listed.user_id, listed.content_id
            order by
                tastes.taste_weight * weights.weight_billionths desc,
                tastes.content_id asc
        ) as contribution_rank

    from listed

    inner join tastes
        on listed.user_id = tastes.user_id

    inner join weights
        on
            tastes.content_id = weights.content_id
            and listed.content_id = weights.neighbour_content_id

    where listed.reason = 'history'

),

strongest as (

    select * from contributions

    where contribution_rank = 1

),

final as (

    select

        ---------- ids
        listed.user_id,
        listed.content_id,
        strongest.because_content_id,

        ---------- strings
        listed.reason,

        ---------- numerics
        cast(listed.recommendation_rank as integer) as recommendation_rank,
        cast(
            case
                when listed.reason = 'history'
                    then cast(listed.score_units as numeric(24, 6)) / 10000000000000
            end as numeric(14, 8)
        ) as score

    from listed

    left join strongest
        on
            listed.user_id = strongest.user_id
            and listed.content_id = strongest.content_id

)

select * from final
