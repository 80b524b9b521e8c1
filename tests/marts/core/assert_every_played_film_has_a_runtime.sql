-- Fails for each film that somebody played and whose length nobody knows: what was seen
-- of it could not be told.

with

plays as (

    select * from {{ ref('fct_viewing') }}

),

titles as (

    select * from {{ ref('dim_content') }}

)

select distinct titles.content_id

from plays

inner join titles
    on plays.content_id = titles.content_id

where
    titles.content_type = 'film'
    and titles.runtime_seconds is null
