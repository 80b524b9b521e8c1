{{ config(
    part=['week_start_date'],
    since='week_start_date',
    indexes=[{'columns': ['week_start_date', 'region_code', 'content_id'], 'unique': true}],
    reads={'int_content_days': {
        'week_start_date': "cast(date_trunc('week', viewed_date) as date)",
    }},
) }}

-- What was watched of a title in a week and region. Charts read it, so that a corrected
-- length of a title does not add up all days again.

with

content_days as (

    select * from {{ ref('int_content_days') }}

),

content_weeks as (

    select
        content_id,
        region_code,
        cast(sum(watched_seconds) as bigint) as watched_seconds,
        cast({{ dbt.date_trunc('week', 'viewed_date') }} as date) as week_start_date

    from content_days

    group by
        content_id,
        region_code,
        cast({{ dbt.date_trunc('week', 'viewed_date') }} as date)

)

select * from content_weeks
