select
    country_code as subject,
    count(*) as value
from {{ ref('dim_users') }}
group by 1
