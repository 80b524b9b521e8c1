-- A row is a moment that is read wrongly on a local clock.

with

cases as (

    select
        cast('2025-03-30 00:59:59' as timestamp) as utc_time,
        'Europe/Berlin' as time_zone,
        cast('2025-03-30 01:59:59' as timestamp) as expected

    union all

    select
        cast('2025-03-30 01:00:00' as timestamp) as utc_time,
        'Europe/Berlin' as time_zone,
        cast('2025-03-30 03:00:00' as timestamp) as expected

    union all

    select
        cast('2025-07-01 12:00:00' as timestamp) as utc_time,
        'America/New_York' as time_zone,
        cast('2025-07-01 08:00:00' as timestamp) as expected

    union all

    select
        cast('2025-01-01 18:30:00' as timestamp) as utc_time,
        'Asia/Kolkata' as time_zone,
        cast('2025-01-02 00:00:00' as timestamp) as expected

),

computed as (

    select
        expected,
        {{ local_time('utc_time', 'time_zone') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
