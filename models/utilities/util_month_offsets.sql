-- Every number of months that can lie between two days of the data.

with

months as (

    select * from {{ ref('util_months') }}

),

final as (

    select
        cast(row_number() over (order by month_start_date) - 1 as integer)
            as months_since

    from months

)

select * from final
