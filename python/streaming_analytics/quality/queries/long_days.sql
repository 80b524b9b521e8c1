select
    'share of watched time' as subject,
    coalesce(
        sum(watched_seconds) filter (where watched_seconds > 86400) * 1.0
        / nullif(sum(watched_seconds), 0),
        0
    ) as value
from {{ ref('agg_viewing_by_user_day') }}
