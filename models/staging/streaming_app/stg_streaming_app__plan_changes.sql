with

source as (

    select * from {{ raw('plan_changes') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by plan_change_id
            order by {{ latest_first('plan_changes') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        plan_change_id,
        subscription_id,

        ---------- strings
        lower(trim(plan_code)) as plan_code,

        ---------- numerics
        sequence_number,

        ---------- dates
        changed_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
