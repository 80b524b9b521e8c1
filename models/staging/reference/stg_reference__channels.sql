with

source as (

    select * from {{ reference(
        'channels', ['channel_code', 'channel_name', 'is_paid']
    ) }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by channel_code
            order by {{ latest_first('channels') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- strings
        lower(trim(channel_code)) as channel_code,
        channel_name,

        ---------- booleans
        is_paid

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
