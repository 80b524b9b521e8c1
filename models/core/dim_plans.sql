-- The plan `none` stands for accounts that never subscribed, so that every account has
-- a plan to join to.

with

plans as (

    select * from {{ ref('stg_streaming_app__plans') }}

),

plans_and_none as (

    select
        plan_code,
        plan_name,
        plan_rank,
        max_streams,
        has_ads

    from plans

    union all

    select
        'none' as plan_code,
        'No plan' as plan_name,
        0 as plan_rank,
        0 as max_streams,
        false as has_ads

),

final as (

    select

        ---------- strings
        plan_code,
        plan_name,

        ---------- numerics
        plan_rank,
        max_streams,

        ---------- booleans
        has_ads

    from plans_and_none

)

select * from final
