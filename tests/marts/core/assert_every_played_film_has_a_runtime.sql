-- Fails for each film that somebody played and whose length nobody knows: what was seen
-- of it could not be told.

select distinct titles.content_id

from {{ ref('fct_viewing') }} as plays

inner join {{ ref('dim_content') }} as titles
    on plays.content_id = titles.content_id

where
    titles.content_type = 'film'
    and titles.runtime_seconds is null
