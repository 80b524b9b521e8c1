-- What key figures of the platform are meant to reach, by month.
select
    metric_name,
    month_start_date,
    target_value
from {{ ref('fct_targets') }}
order by metric_name, month_start_date
