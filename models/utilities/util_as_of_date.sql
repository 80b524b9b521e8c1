{{ config(part=['as_of_date']) }}

-- The last day on which anything happened, never the clock: the same data gives the
-- same marts on any date. docs/decisions/0003-as-of-date.md

with

last_days as (

    select max(viewed_date) as last_date
    from {{ ref('stg_streaming_app__viewing_user_days') }}

    union all

    select max(cast(signed_up_at as date)) as last_date
    from {{ ref('stg_streaming_app__users') }}

    union all

    select max(cast(rated_at as date)) as last_date
    from {{ ref('stg_streaming_app__ratings') }}

    union all

    select max(started_date) as last_date
    from {{ ref('stg_streaming_app__subscriptions') }}

    union all

    select max(cancel_requested_date) as last_date
    from {{ ref('stg_streaming_app__subscriptions') }}

    union all

    -- An end that was written down before its day is a plan.
    select max(ended_date) as last_date
    from {{ ref('stg_streaming_app__subscriptions') }}
    where ended_date <= cast(loaded_at as date)

    union all

    select max(billed_date) as last_date
    from {{ ref('stg_streaming_app__payments') }}

),

final as (

    select max(last_date) as as_of_date

    from last_days

)

select * from final
