select
    cast(viewed_date as text) as subject,
    sum(plays) as value
from {{ ref('int_plays_by_day') }}
where viewed_date > (select as_of_date - 85 from {{ ref('util_as_of_date') }})
group by 1
