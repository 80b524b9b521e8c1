-- Fails for each film that somebody played and whose length nobody knows: what was seen
-- of it could not be told.

select distinct content.content_id

from {{ ref('fct_viewing') }} as plays

inner join {{ ref('dim_content') }} as content
    on plays.content_id = content.content_id

where
    content.content_type = 'film'
    and content.runtime_seconds is null
