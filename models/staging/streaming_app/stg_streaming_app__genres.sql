with

source as (

    select * from {{ raw('genres') }}

),

-- A row may arrive more than once; the last arrival holds.
ranked as (

    select
        *,
        row_number() over (
            partition by genre_code
            order by {{ latest_first('genres') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(genre_code)) as genre_code,
        genre_name,

        ---------- timestamps
        loaded_at

    from ranked

    where arrival_rank = 1

)

select * from renamed
