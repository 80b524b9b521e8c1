{{ config(part=['content_id', 'window_days']) }}

-- A window that has not passed yet is no row.

with

launch_curve as (

    select * from {{ ref('agg_content_launch_curve') }}

),

windows as (

    select 7 as window_days

    union all

    select 28 as window_days

    union all

    select 91 as window_days

),

launches as (

    select
        launch_curve.content_id,
        windows.window_days,
        min(launch_curve.viewed_date) as from_date,
        max(launch_curve.viewed_date) as until_date

    from launch_curve

    inner join windows
        on launch_curve.days_since_release < windows.window_days

    group by 1, 2

    having count(*) = max(windows.window_days)

)

select * from launches
