with

source as (

    select * from {{ raw('users') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by user_id
            order by {{ latest_first('users') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        user_id,

        ---------- strings
        full_name,
        lower(email) as email,
        upper(trim(country_code)) as country_code,
        lower(trim(channel_code)) as channel_code,

        ---------- dates
        birth_date,

        ---------- timestamps
        signed_up_at,
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
