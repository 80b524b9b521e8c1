{{ config(severity='warn') }}

-- Warns of each title that somebody played and whose length nobody knows: it has hours
-- and no completion.

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
    plays.play_type = 'main'
    and titles.runtime_seconds is null
