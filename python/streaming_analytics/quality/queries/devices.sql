select
    device_code as subject,
    sum(plays) as value
from {{ ref('int_plays_by_day') }}
where viewed_date > (select as_of_date - 28 from {{ ref('util_as_of_date') }})
group by 1
