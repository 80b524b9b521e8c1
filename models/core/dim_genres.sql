with

genres as (

    select * from {{ ref('stg_streaming_app__genres') }}

),

final as (

    select

        ---------- strings
        genre_code,
        genre_name

    from genres

)

select * from final
