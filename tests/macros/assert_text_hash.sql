-- A row is a pair of texts whose hashes do not say whether they are the same.

with

texts as (

    select
        1 as text_number,
        'a' as content

    union all

    select
        2 as text_number,
        'a' as content

    union all

    select
        3 as text_number,
        'b' as content

    union all

    select
        4 as text_number,
        '' as content

),

hashed_texts as (

    select
        text_number,
        content,
        {{ text_hash('content') }} as hash_of_text

    from texts

)

select
    one.text_number as one_number,
    other.text_number as other_number

from hashed_texts as one

cross join hashed_texts as other

where (one.content = other.content) <> (one.hash_of_text = other.hash_of_text)
