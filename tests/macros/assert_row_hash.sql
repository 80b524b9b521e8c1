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

),

counted as (

    select
        count(*) as all_rows,
        count(distinct hash_of_row) as hashes,
        count(distinct case when title = 'a' and seconds is null then hash_of_row end)
            as hashes_of_the_repeated

    from hashed

)

select * from counted

where all_rows <> 4 or hashes <> 3 or hashes_of_the_repeated <> 1
