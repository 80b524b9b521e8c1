-- A row is a moment that is read wrongly on a local clock.

with

cases as (

    select
        cast('2025-03-30 00:59:59' as timestamp) as utc_moment,
        'Europe/Berlin' as zone_name,
        cast('2025-03-30 01:59:59' as timestamp) as expected

    union all

    select
        cast('2025-03-30 01:00:00' as timestamp) as utc_moment,
        'Europe/Berlin' as zone_name,
        cast('2025-03-30 03:00:00' as timestamp) as expected

    union all

    select
        cast('2025-07-01 12:00:00' as timestamp) as utc_moment,
        'America/New_York' as zone_name,
        cast('2025-07-01 08:00:00' as timestamp) as expected

    union all

    select
        cast('2025-01-01 18:30:00' as timestamp) as utc_moment,
        'Asia/Kolkata' as zone_name,
        cast('2025-01-02 00:00:00' as timestamp) as expected

),

computed as (

    select
        expected,
        {{ local_time('utc_moment', 'zone_name') }} as actual

    from cases

)

select * from computed

where actual is distinct from expected
