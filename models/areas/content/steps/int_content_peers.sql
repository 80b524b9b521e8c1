-- Titles of the same format and length: films by runtime, series by the mean runtime of
-- their episodes.

with

content as (

    select * from {{ ref('dim_content') }}

),

part_lengths as (

    select
        content_id,
        content_type,
        {{ ratio('runtime_seconds', '60 * coalesce(episodes, 1)') }} as part_minutes

    from content

),

content_peers as (

    select
        content_id,
        case
            when part_minutes is null then 'unknown length'
            when content_type = 'film' and part_minutes < 80 then 'film under 80 min'
            when content_type = 'film' and part_minutes < 100 then 'film 80 to 100 min'
            when content_type = 'film' and part_minutes < 120 then 'film 100 to 120 min'
            when content_type = 'film' then 'film 120 min and over'
            when part_minutes < 30 then 'series under 30 min'
            when part_minutes < 45 then 'series 30 to 45 min'
            else 'series 45 min and over'
        end as peer_group

    from part_lengths

)

select * from content_peers
