select
    current_plan_code as subject,
    count(*) as value
from {{ ref('dim_users') }}
where is_member
group by 1
