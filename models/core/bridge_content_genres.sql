-- A title in k genres counts 1/k in each, so that hours by genre add up to the hours.

with

content_genres as (

    select * from {{ ref('stg_streaming_app__content_genres') }}

),

titles_and_genre_counts as (

    select
        content_id,
        genre_code,
        genre_rank,
        count(*) over (partition by content_id) as genres_of_title

    from content_genres

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        genre_code,

        ---------- numerics
        genre_rank,
        {{ ratio('1', 'genres_of_title', 'numeric(16, 12)') }} as genre_weight

    from titles_and_genre_counts

)

select * from final
