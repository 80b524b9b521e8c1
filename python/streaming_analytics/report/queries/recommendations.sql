-- What the lists of today are made of. Places are counted by region and title first, in
-- parallel, which PostgreSQL does with neither grouping sets nor distinct counts.
with

titles_of_regions as (

    select
        users.region_code,
        recommendations.content_id,
        count(*) filter (where recommendations.recommendation_rank = 1) as users,
        count(*) as recommendations,
        count(*) filter (where recommendations.reason = 'history') as from_history,
        count(*) filter (where recommendations.reason = 'popular') as from_popularity,
        count(*) filter (where recommendations.reason = 'new') as from_releases

    from {{ ref('fct_recommendations') }} as recommendations

    inner join {{ ref('dim_users') }} as users
        on recommendations.user_id = users.user_id

    group by users.region_code, recommendations.content_id

)

select
    coalesce(region_code, 'ALL') as region_code,
    cast(coalesce(sum(users), 0) as bigint) as users,
    cast(coalesce(sum(recommendations), 0) as bigint) as recommendations,
    count(distinct content_id) as titles,
    cast(coalesce(sum(from_history), 0) as bigint) as from_history,
    cast(coalesce(sum(from_popularity), 0) as bigint) as from_popularity,
    cast(coalesce(sum(from_releases), 0) as bigint) as from_releases
from titles_of_regions
group by grouping sets ((region_code), ())
order by region_code
