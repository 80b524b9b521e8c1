{{ config(
    part=['week_start_date'],
    since='week_start_date',
    reads={'int_content_weeks': ['week_start_date']},
    reached_by={'dim_content': '
        select week_start_date from {int_content_weeks}
        where content_id in (select content_id from {changed})'},
) }}

-- Ranked by views, hours ÷ runtime, as Netflix has done since June 2023.

with

content_weeks as (

    select * from {{ ref('int_content_weeks') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

weekly_views as (

    select
        content_weeks.content_id,
        content_weeks.region_code,
        content_weeks.week_start_date,
        content_weeks.watched_seconds,
        {{ ratio(
            'content_weeks.watched_seconds', 'content.runtime_seconds', 'numeric(16, 4)'
        ) }} as views

    from content_weeks

    inner join content
        on content_weeks.content_id = content.content_id

    where content_weeks.watched_seconds > 0

),

-- The key as the last tie-break, so that no two builds rank alike titles differently.
titles_by_views as (

    select
        *,
        row_number() over (
            partition by region_code, week_start_date
            order by views desc nulls last, watched_seconds desc, content_id asc
        ) as content_rank

    from weekly_views

),

titles_on_chart as (

    select
        content_id,
        region_code,
        cast(content_rank as integer) as content_rank,
        watched_seconds,
        views,
        week_start_date

    from titles_by_views

    where content_rank <= {{ integer_var('top_content_ranks', 1, 100) }}

)

select * from titles_on_chart
