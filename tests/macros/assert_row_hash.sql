-- A row is a pair of rows whose hashes do not say whether they are the same.

with

source as (

    select
        1 as row_number_in_file,
        'a' as title,
        cast(null as integer) as seconds

    union all

    select
        1 as row_number_in_file,
        'a' as title,
        cast(null as integer) as seconds

    union all

    select
        1 as row_number_in_file,
        'b' as title,
        cast(null as integer) as seconds

    union all

    select
        1 as row_number_in_file,
        'a' as title,
        0 as seconds

),

hashed as (

    select
        title,
        seconds,
        cast({{ row_hash('source') }} as numeric(38, 0)) as hash_of_row

    from source

)

select
    one.title as one_title,
    other.title as other_title

from hashed as one

cross join hashed as other

where
    (
        one.title = other.title
        and one.seconds is not distinct from other.seconds
    ) <> (one.hash_of_row = other.hash_of_row)
