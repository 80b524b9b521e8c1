with

titles_on_chart as (

    select * from {{ ref('int_titles_on_chart') }}

),

weeks_on_chart as (

    select
        *,
        row_number() over (
            partition by region_code, content_id order by week_start_date
        ) as weeks_in_top

    from titles_on_chart

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        region_code,

        ---------- numerics
        content_rank,
        watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        views,
        cast(weeks_in_top as integer) as weeks_in_top,

        ---------- booleans
        {{ dbt.dateadd('day', 6, 'week_start_date') }} <= {{ as_of_date() }}
            as is_complete_week,

        ---------- dates
        week_start_date

    from weeks_on_chart

)

select * from final
