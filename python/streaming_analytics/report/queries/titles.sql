-- The ten most watched titles of each region, and of the platform (ALL).
with

titles_of_regions as (

    select
        coalesce(region_code, 'ALL') as region_code,
        content_id,
        sum(watched_seconds) as watched_seconds,
        cast(sum(measured_starters) as bigint) as starters,
        cast(sum(completers) as bigint) as completers

    from {{ ref('agg_content_performance_by_region') }}

    group by grouping sets ((region_code, content_id), (content_id))

),

titles_by_rank as (

    select
        *,
        sum(watched_seconds) over (partition by region_code) as region_watched_seconds,
        row_number() over (
            partition by region_code
            order by watched_seconds desc, content_id asc
        ) as title_rank

    from titles_of_regions

)

select
    titles_by_rank.region_code,
    titles_by_rank.title_rank,
    titles.title_label as title,
    titles.content_type,
    titles_by_rank.watched_seconds / 3600.0 as watched_hours,
    cast(titles_by_rank.watched_seconds as numeric)
    / nullif(titles_by_rank.region_watched_seconds, 0)
        as watched_share,
    titles_by_rank.starters,
    titles_by_rank.completers,
    titles.peer_starters,
    titles.peer_completers,
    titles.licence_cost_usd
from titles_by_rank
inner join {{ ref('agg_content_performance') }} as titles
    on titles_by_rank.content_id = titles.content_id
where titles_by_rank.title_rank <= 10 and titles_by_rank.watched_seconds > 0
order by titles_by_rank.region_code, titles_by_rank.title_rank
