{# Stored, because PostgreSQL expects next to no rows from the view and then joins every
payment with every subscription. #}
{{ config(materialized='table') }}

with

source as (

    select * from {{ raw('payments') }}

),

-- A row may arrive more than once; the last arrival holds.
arrivals_in_order as (

    select
        *,
        row_number() over (
            partition by payment_id
            order by {{ latest_first('payments') }}
        ) as arrival_rank

    from source

),

renamed as (

    select

        ---------- ids
        payment_id,
        subscription_id,

        ---------- strings
        lower(trim(status)) as status,
        coalesce(upper(trim(currency_code)), 'USD') as currency_code,

        ---------- numerics
        amount_usd,
        amount,
        refunded_amount,

        ---------- dates
        billed_date,
        period_from_date,
        period_until_date,
        refunded_date,

        ---------- timestamps
        loaded_at

    from arrivals_in_order

    where arrival_rank = 1

)

select * from renamed
