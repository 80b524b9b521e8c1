-- Every hour of a week.

with

numbers as (

    {{ dbt.generate_series(24) }}

),

final as (

    select
        cast(weekdays.generated_number as integer) as local_weekday,
        cast(hours.generated_number - 1 as integer) as local_hour

    from numbers as weekdays

    cross join numbers as hours

    where weekdays.generated_number <= 7

)

select * from final
