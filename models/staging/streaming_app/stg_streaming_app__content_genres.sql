with

source as (

    select * from {{ raw('content_genres') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

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

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
