with

episodes as (

    select * from {{ ref('stg_streaming_app__episodes') }}

),

final as (

    select

        ---------- ids
        episode_id,
        content_id,

        ---------- numerics
        season_number,
        episode_number,
        runtime_seconds,

        ---------- dates
        release_date

    from episodes

)

select * from final
