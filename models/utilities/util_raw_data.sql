-- Fits are made on, and used for, the same raw data; this is how `streaming train`
-- learns which data the marts beside it were built from.

with

final as (

    select

        ---------- strings
        cast(
            '{{ text_var("raw_data", ["sample", "loaded"]) }}'
            as {{ dbt.type_string() }}
        ) as raw_data,

        ---------- dates
        {{ as_of_date() }} as as_of_date

)

select * from final
