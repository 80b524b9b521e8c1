with

source as (

    select * from {{ raw('ratings') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by rating_id
            order by {{ latest_first('ratings') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        rating_id,
        user_id,
        content_id,

        ---------- numerics
        rating,

        ---------- timestamps
        rated_at,
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
