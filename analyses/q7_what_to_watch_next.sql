-- What should each account watch next, and how good is that advice? Per region what the
-- lists are made of and which title leads them, beside how well the recommender
-- predicted choices that were held out.

with

recommendations as (

    select * from {{ ref('fct_recommendations') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

evaluation as (

    select * from {{ ref('agg_recommender_evaluation') }}

    where
        split_name = 'per_user'
        and metric_name = 'ndcg_at_10'

),

lists_by_region as (

    select
        users.region_code,
        count(distinct recommendations.user_id) as accounts,
        count(distinct recommendations.content_id) as titles,
        count(*) as places,
        sum(case when recommendations.reason = 'history' then 1 else 0 end)
            as places_from_history,
        sum(case when recommendations.reason = 'popular' then 1 else 0 end)
            as places_from_popularity,
        sum(case when recommendations.reason = 'new' then 1 else 0 end)
            as places_for_new_titles

    from recommendations

    inner join users
        on recommendations.user_id = users.user_id

    group by users.region_code

),

first_places as (

    select
        users.region_code,
        content.title_label,
        row_number() over (
            partition by users.region_code
            order by count(*) desc, content.title_label asc
        ) as title_rank

    from recommendations

    inner join users
        on recommendations.user_id = users.user_id

    inner join content
        on recommendations.content_id = content.content_id

    where recommendations.recommendation_rank = 1

    group by users.region_code, content.title_label

),

accuracy as (

    select
        max(case when model_name = 'ease_top_100_diverse' then metric_value end)
            as lists_ndcg,
        max(case when model_name = 'popularity' then metric_value end)
            as popularity_ndcg

    from evaluation

)

select
    lists_by_region.region_code,
    lists_by_region.accounts,
    lists_by_region.titles,
    first_places.title_label as leading_title,
    1.0 * lists_by_region.places_from_history / lists_by_region.places
        as history_share,
    1.0 * lists_by_region.places_from_popularity / lists_by_region.places
        as popularity_share,
    1.0 * lists_by_region.places_for_new_titles / lists_by_region.places
        as new_title_share,
    case
        when accuracy.lists_ndcg is null then 'not trained'
        when accuracy.lists_ndcg > accuracy.popularity_ndcg then 'beats popularity'
        else 'no better than popularity'
    end as verdict,
    coalesce(accuracy.lists_ndcg, 0) as lists_ndcg_at_10,
    coalesce(accuracy.popularity_ndcg, 0) as popularity_ndcg_at_10

from lists_by_region

inner join first_places
    on
        lists_by_region.region_code = first_places.region_code
        and first_places.title_rank = 1

cross join accuracy

order by lists_by_region.region_code
