-- Who rates a title twice has changed their mind: the last rating holds.

with

ratings as (

    select * from {{ ref('stg_streaming_app__ratings') }}

    where cast(rated_at as date) <= {{ as_of_date() }}

),

ratings_by_recency as (

    select
        *,
        row_number() over (
            partition by user_id, content_id
            order by rated_at desc, loaded_at desc, rating_id desc
        ) as recency_rank

    from ratings

),

final as (

    select

        ---------- ids
        rating_id,
        user_id,
        content_id,

        ---------- numerics
        rating,

        ---------- dates
        cast(rated_at as date) as rated_date,

        ---------- timestamps
        rated_at,
        loaded_at

    from ratings_by_recency

    where recency_rank = 1

)

select * from final
