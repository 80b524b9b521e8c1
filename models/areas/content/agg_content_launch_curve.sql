{{ config(kept=true) }}

-- Titles released while the data was watching, from their first day through the
-- window's last day or the last day of the data. Days without a play are rows with
-- zero.

with

content as (

    select * from {{ ref('dim_content') }}

),

first_days as (

    select min(viewed_date) as first_viewed_date from {{ ref('int_content_days') }}

),

content_days as (

    select * from {{ ref('int_content_days') }}

),

numbers as (

    {{ dbt.generate_series(integer_var('launch_curve_days', 28, 366)) }}

),

launched_titles as (

    select
        content.content_id,
        content.content_type,
        content.runtime_seconds,
        content.release_date

    from content

    cross join first_days

    where content.release_date >= first_days.first_viewed_date

),

-- Only what falls into the window, a small part of all days, is added up.
watched_days as (

    select
        content_days.content_id,
        content_days.viewed_date,
        sum(content_days.plays) as plays,
        sum(content_days.watched_seconds) as watched_seconds

    from content_days

    inner join launched_titles
        on
            content_days.content_id = launched_titles.content_id
            and content_days.viewed_date >= launched_titles.release_date
            and content_days.viewed_date < {{ dbt.dateadd(
                'day',
                integer_var('launch_curve_days', 28, 366),
                'launched_titles.release_date'
            ) }}

    group by content_days.content_id, content_days.viewed_date

),

launch_days as (

    select
        launched_titles.content_id,
        launched_titles.content_type,
        launched_titles.runtime_seconds,
        numbers.generated_number - 1 as days_since_release,
        cast(
            {{ dbt.dateadd(
                'day', 'numbers.generated_number - 1', 'launched_titles.release_date'
            ) }} as date
        ) as viewed_date

    from launched_titles

    cross join numbers

),

launch_day_watch_time as (

    select
        launch_days.content_id,
        launch_days.content_type,
        launch_days.runtime_seconds,
        launch_days.days_since_release,
        launch_days.viewed_date,
        coalesce(watched_days.plays, 0) as plays,
        coalesce(watched_days.watched_seconds, 0) as watched_seconds

    from launch_days

    left join watched_days
        on
            launch_days.content_id = watched_days.content_id
            and launch_days.viewed_date = watched_days.viewed_date

    where launch_days.viewed_date <= {{ as_of_date() }}

),

running_watch_time as (

    select
        *,
        sum(watched_seconds) over (
            partition by content_id
            order by days_since_release
            rows between unbounded preceding and current row
        ) as cumulative_watched_seconds,
        sum(case when days_since_release < 7 then watched_seconds else 0 end) over (
            partition by content_id
        ) as first_week_watched_seconds,
        max(days_since_release) over (partition by content_id) as days_observed

    from launch_day_watch_time

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        content_type,

        ---------- numerics
        cast(days_since_release as integer) as days_since_release,
        cast(plays as integer) as plays,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('watched_seconds', 'runtime_seconds', 'numeric(16, 4)') }} as views,
        cast(cumulative_watched_seconds as bigint) as cumulative_watched_seconds,
        cast(first_week_watched_seconds as bigint) as first_week_watched_seconds,
        {{ ratio('watched_seconds * 7', 'first_week_watched_seconds') }}
            as launch_index,

        ---------- booleans
        days_observed >= 6 as is_first_week_complete,

        ---------- dates
        viewed_date

    from running_watch_time

)

select * from final
