-- Staged plays by day and day of arrival, so that they are gone through once.
select
    cast(started_at as date) as viewed_date,
    cast(loaded_at as date) as load_day,
    max(loaded_at) as loaded_at,
    count(*) as plays,
    coalesce(sum(watched_seconds), 0) as seconds
from {{ ref('stg_streaming_app__viewing') }}
group by 1, 2
