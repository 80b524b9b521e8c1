with

source as (

    select * from {{ raw('plans') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by plan_code
            order by {{ latest_first('plans') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(plan_code)) as plan_code,
        plan_name,

        ---------- numerics
        plan_rank,
        max_streams,

        ---------- booleans
        has_ads,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
