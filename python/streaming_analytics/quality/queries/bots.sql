select
    'share of watched time' as subject,
    coalesce(
        sum(seconds) filter (where is_bot) * 1.0 / nullif(sum(seconds), 0), 0
    ) as value
from {{ ref('play_totals') }}
