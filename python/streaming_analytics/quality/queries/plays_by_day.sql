select
    cast(viewed_date as text) as subject,
    count(*) as value
from {{ ref('fct_viewing') }}
where viewed_date > (select as_of_date - 85 from {{ ref('util_as_of_date') }})
group by 1
