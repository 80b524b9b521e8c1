with

source as (

    select * from {{ reference(
        'targets', ['metric_name', 'month_start_date', 'target_value'], is_example=true
    ) }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by metric_name, month_start_date
            order by {{ latest_first('targets') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(metric_name)) as metric_name,

        ---------- numerics
        target_value,

        ---------- dates
        month_start_date

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
