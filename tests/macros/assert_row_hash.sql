-- A row is a pair of rows whose hashes do not say whether they are the same, or that
-- may trade a value without a change of the sum of their hashes.

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

),

rows_before as (

    select
        'a' as title,
        1 as seconds

    union all

    select
        'b' as title,
        2 as seconds

),

rows_after as (

    select
        'a' as title,
        2 as seconds

    union all

    select
        'b' as title,
        1 as seconds

),

sum_before as (

    select {{ sum_of_row_hashes('rows_before') }} as hash_sum

    from rows_before

),

sum_after as (

    select {{ sum_of_row_hashes('rows_after') }} as hash_sum

    from rows_after

)

select
    'a' as one_title,
    'b' as other_title

from sum_before

inner join sum_after
    on sum_before.hash_sum = sum_after.hash_sum

union all

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
