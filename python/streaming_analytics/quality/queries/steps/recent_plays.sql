-- No play is of a later day; between two bounds PostgreSQL takes the index of days.
select
    watched_seconds,
    runtime_seconds
from {{ ref('fct_viewing') }}
where
    viewed_date > (select as_of_date - 28 from {{ ref('util_as_of_date') }})
    and viewed_date <= (select as_of_date from {{ ref('util_as_of_date') }})
