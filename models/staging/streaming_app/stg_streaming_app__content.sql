with

source as (

    select * from {{ raw('content') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by content_id
            order by {{ latest_first('content') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        content_id,

        ---------- strings
        title,
        lower(content_type) as content_type,
        lower(original_language) as original_language,
        maturity_rating,

        ---------- numerics
        runtime_seconds,
        licence_cost_usd,

        ---------- booleans
        is_original,

        ---------- dates
        release_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
