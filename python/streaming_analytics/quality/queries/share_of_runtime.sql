-- Of a short list a median is chance.
select
    'median of plays' as subject,
    percentile_cont(0.5) within group (
        order by 1.0 * watched_seconds / runtime_seconds
    ) as value
from {{ ref('recent_plays') }}
where runtime_seconds > 0
having count(*) >= 200
