-- A row is a play up to the last day of the data that is staged but not in the mart, or
-- in the mart but not staged.

with

staged as (

    select play_id from {{ ref('stg_streaming_app__viewing') }}

    where cast(started_at as date) <= {{ as_of_date() }}

),

plays as (

    select play_id from {{ ref('fct_viewing') }}

)

select
    staged.play_id as staged_play_id,
    plays.play_id

from staged

full outer join plays
    on staged.play_id = plays.play_id

where staged.play_id is null or plays.play_id is null
