-- A row is a number that eight bytes hold and four do not.

with

computed as (

    select cast(16777217 as {{ type_double() }}) as actual

)

select * from computed

where actual <> 16777217
