{{ config(
    materialized='table', part=['viewed_date', 'loaded_date'], since='viewed_date'
) }}

-- What the raw plays of each day are, in a number for each day on which some arrived: a
-- row that came, went or changed changes its day's, whatever its date of arrival says.

with

source as (

    select * from {{ raw('viewing') }}

),

final as (

    select
        count(*) as raw_rows,
        {{ sum_of_row_hashes('source') }} as hash_sum,
        coalesce(cast(started_at as date), cast('0001-01-01' as date)) as viewed_date,
        coalesce(cast(loaded_at as date), cast('0001-01-01' as date)) as loaded_date

    from source

    group by
        coalesce(cast(started_at as date), cast('0001-01-01' as date)),
        coalesce(cast(loaded_at as date), cast('0001-01-01' as date))

)

select * from final
