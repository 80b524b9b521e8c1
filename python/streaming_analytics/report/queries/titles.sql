-- The ten most watched titles of each region, and of the platform (ALL).
with

viewers as (

    select
        coalesce(users.region_code, 'ALL') as region_code,
        viewers.content_id,
        sum(viewers.watched_seconds) as watched_seconds,
        count(*) filter (where viewers.is_starter) as starters,
        count(*) filter (where viewers.is_completer) as completers

    from mart_core.fct_content_viewers as viewers

    inner join mart_core.dim_users as users
        on viewers.user_id = users.user_id

    group by
        grouping sets ((users.region_code, viewers.content_id), (viewers.content_id))

),

ranked as (

    select
        *,
        sum(watched_seconds) over (partition by region_code) as region_watched_seconds,
        row_number() over (
            partition by region_code
            order by watched_seconds desc, content_id
        ) as title_rank

    from viewers

)

select
    ranked.region_code,
    ranked.title_rank,
    titles.title,
    titles.content_type,
    ranked.watched_seconds / 3600.0 as watched_hours,
    ranked.watched_seconds::numeric / nullif(ranked.region_watched_seconds, 0)
        as watched_share,
    ranked.starters,
    ranked.completers,
    titles.peer_starters,
    titles.peer_completers
from ranked
inner join mart_content.agg_content_performance as titles
    on ranked.content_id = titles.content_id
where ranked.title_rank <= 10 and ranked.watched_seconds > 0
order by ranked.region_code, ranked.title_rank
