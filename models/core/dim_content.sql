with

content as (

    select * from {{ ref('int_titles') }}

),

content_parts as (

    select * from {{ ref('int_content_parts') }}

),

content_genres as (

    select * from {{ ref('stg_streaming_app__content_genres') }}

    where genre_rank = 1

),

part_totals as (

    select
        content_id,
        count(distinct season_number) as seasons,
        count(*) as parts,
        -- A part of unknown length leaves the length of the whole unknown.
        case when count(runtime_seconds) = count(*) then sum(runtime_seconds) end
            as runtime_seconds

    from content_parts

    group by 1

),

final as (

    select

        ---------- ids
        content.content_id,

        ---------- strings
        content.title,
        content.title_label,
        content.content_type,
        content_genres.genre_code as leading_genre_code,
        content.original_language,
        content.maturity_rating,

        ---------- numerics
        cast(
            case when content.content_type = 'series' then part_totals.seasons end
            as integer
        ) as seasons,
        cast(
            case when content.content_type = 'series' then part_totals.parts end
            as integer
        ) as episodes,
        cast(part_totals.runtime_seconds as integer) as runtime_seconds,
        content.licence_cost_usd,

        ---------- booleans
        content.is_original,

        ---------- dates
        content.release_date

    from content

    left join part_totals
        on content.content_id = part_totals.content_id

    left join content_genres
        on content.content_id = content_genres.content_id

)

select * from final
