-- What the lists of today are made of.
select
    coalesce(users.region_code, 'ALL') as region_code,
    count(distinct recommendations.user_id) as users,
    count(*) as recommendations,
    count(distinct recommendations.content_id) as titles,
    count(*) filter (where recommendations.reason = 'history') as from_history,
    count(*) filter (where recommendations.reason = 'popular') as from_popularity,
    count(*) filter (where recommendations.reason = 'new') as from_releases
from {{ ref('fct_recommendations') }} as recommendations
inner join {{ ref('dim_users') }} as users
    on recommendations.user_id = users.user_id
group by grouping sets ((users.region_code), ())
order by region_code
