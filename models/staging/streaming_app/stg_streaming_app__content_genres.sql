with

source as (

    select * from {{ raw('content_genres') }}

),

-- A row may arrive more than once; the last arrival holds.
ranked as (

    select
        *,
        row_number() over (
            partition by content_id, genre_code
            order by {{ latest_first('content_genres') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        content_id,

        ---------- strings
        lower(trim(genre_code)) as genre_code,

        ---------- numerics
        genre_rank,

        ---------- timestamps
        loaded_at

    from ranked

    where arrival_rank = 1

)

select * from renamed
