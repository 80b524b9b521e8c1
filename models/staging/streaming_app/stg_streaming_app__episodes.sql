with

source as (

    select * from {{ raw('episodes') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by episode_id
            order by {{ latest_first('episodes') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        episode_id,
        content_id,

        ---------- numerics
        season_number,
        episode_number,
        runtime_seconds,

        ---------- dates
        release_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
