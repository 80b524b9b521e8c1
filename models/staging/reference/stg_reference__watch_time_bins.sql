with

source as (

    select * from {{ ref('watch_time_bins') }}

),

renamed as (

    select

        ---------- strings
        bin_label,

        ---------- numerics
        bin_number,
        from_seconds,
        until_seconds

    from source

)

select * from renamed
