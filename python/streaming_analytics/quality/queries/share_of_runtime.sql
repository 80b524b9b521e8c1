-- Of a short list a median is chance.
select
    'median of plays' as subject,
    percentile_cont(0.5) within group (
        order by 1.0 * watched_seconds / runtime_seconds
    ) as value
from {{ ref('fct_viewing') }}
where
    viewed_date > (select as_of_date - 28 from {{ ref('util_as_of_date') }})
    and runtime_seconds > 0
having count(*) >= 200
