select
    'plays' as subject,
    (select coalesce(sum(raw_rows), 0) from {{ ref('stg_streaming_app__viewing_days') }})
    - (
        select coalesce(sum(plays), 0)
        from {{ ref('stg_streaming_app__viewing_arrivals') }}
    ) as value
