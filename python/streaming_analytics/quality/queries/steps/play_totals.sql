-- Plays by what other measures add up, so that they are gone through once.
select
    viewed_date,
    device_code,
    play_type,
    is_bot,
    count(*) as plays,
    coalesce(sum(watched_seconds), 0) as seconds
from {{ ref('fct_viewing') }}
group by 1, 2, 3, 4
