with

loads as (

    select
        'viewing' as raw_table,
        cast(loaded_at as date) as load_day,
        max(loaded_at) as loaded_at
    from {{ ref('stg_streaming_app__viewing') }}
    group by 1, 2

    union all

    select
        'users',
        cast(loaded_at as date),
        max(loaded_at)
    from {{ ref('stg_streaming_app__users') }}
    group by 1, 2

    union all

    select
        'ratings',
        cast(loaded_at as date),
        max(loaded_at)
    from {{ ref('stg_streaming_app__ratings') }}
    group by 1, 2

    union all

    select
        'subscriptions',
        cast(loaded_at as date),
        max(loaded_at)
    from {{ ref('stg_streaming_app__subscriptions') }}
    group by 1, 2

    union all

    select
        'payments',
        cast(loaded_at as date),
        max(loaded_at)
    from {{ ref('stg_streaming_app__payments') }}
    group by 1, 2

),

with_gap as (

    select
        raw_table,
        loaded_at,
        loaded_at - lag(loaded_at) over (
            partition by raw_table
            order by loaded_at
        ) as gap,
        max(loaded_at) over (partition by raw_table) as newest_of_table,
        max(loaded_at) over () as newest
    from loads
    where loaded_at is not null

),

usual as (

    select
        raw_table,
        min(newest - newest_of_table) as behind,
        coalesce(
            max(gap) filter (
                where loaded_at > newest_of_table - interval '28 days'
            ),
            interval '0 hours'
        ) as longest_gap
    from with_gap
    group by 1

)

select
    raw_table as subject,
    extract(
        epoch from behind - greatest(longest_gap - interval '24 hours', interval '0')
    ) / 3600 as value
from usual
