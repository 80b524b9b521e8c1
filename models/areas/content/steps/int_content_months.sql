{{ config(
    part=['month_start_date'],
    since='month_start_date',
    indexes=[{'columns': ['month_start_date', 'region_code', 'content_id'], 'unique': true}],
    reads={'int_content_days': {
        'month_start_date': "cast(date_trunc('month', viewed_date) as date)",
    }},
) }}

-- What was watched of a title in a month and region: a thirtieth of the days.

with

content_days as (

    select * from {{ ref('int_content_days') }}

),

content_months as (

    select
        content_id,
        region_code,
        cast(sum(valid_views) as bigint) as valid_views,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        {{ month_start('viewed_date') }} as month_start_date

    from content_days

    group by
        content_id,
        region_code,
        {{ month_start('viewed_date') }}

)

select * from content_months
