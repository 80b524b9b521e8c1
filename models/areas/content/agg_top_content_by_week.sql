-- Ranked by views, hours ÷ runtime, as Netflix has done since June 2023.

with

content_days as (

    select * from {{ ref('int_content_days') }}

),

content as (

    select * from {{ ref('dim_content') }}

),

week_sums as (

    select
        content_id,
        region_code,
        cast({{ dbt.date_trunc('week', 'viewed_date') }} as date) as week_start_date,
        sum(watched_seconds) as watched_seconds

    from content_days

    group by 1, 2, 3

),

weekly_views as (

    select
        week_sums.content_id,
        week_sums.region_code,
        week_sums.week_start_date,
        week_sums.watched_seconds,
        {{ ratio(
            'week_sums.watched_seconds', 'content.runtime_seconds', 'numeric(16, 4)'
        ) }} as views

    from week_sums

    inner join content
        on week_sums.content_id = content.content_id

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

    where watched_seconds > 0

),

titles_on_chart as (

    select
        *,
        row_number() over (
            partition by region_code, content_id order by week_start_date
        ) as weeks_in_top

    from titles_by_views

    where content_rank <= {{ integer_var('top_content_ranks', 1, 100) }}

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        region_code,

        ---------- numerics
        cast(content_rank as integer) as content_rank,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        views,
        cast(weeks_in_top as integer) as weeks_in_top,

        ---------- booleans
        {{ dbt.dateadd('day', 6, 'week_start_date') }} <= {{ as_of_date() }}
            as is_complete_week,

        ---------- dates
        week_start_date

    from titles_on_chart

)

select * from final
