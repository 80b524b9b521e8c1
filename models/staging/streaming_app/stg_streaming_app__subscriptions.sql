with

source as (

    select * from {{ raw('subscriptions') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by subscription_id
            order by {{ latest_first('subscriptions') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        subscription_id,
        user_id,

        ---------- strings
        lower(trim(plan_code)) as plan_code,
        nullif(lower(trim(end_reason)), '') as end_reason,

        ---------- dates
        started_date,
        trial_end_date,
        cancel_requested_date,
        ended_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
