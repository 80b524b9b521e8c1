select
    'share of watched time' as subject,
    coalesce(
        sum(watched_seconds) filter (where is_bot) * 1.0
        / nullif(sum(watched_seconds), 0), 0
    ) as value
from {{ ref('int_plays_by_day') }}
