-- Titles that could be watched in a month, with zero for those nobody watched, so that
-- concentration is that of the catalogue and not of its hits.

with

months as (

    select * from {{ ref('util_months') }}

),

licences as (

    select * from {{ ref('stg_streaming_app__content_licences') }}

),

content_months as (

    select * from {{ ref('int_content_months') }}

),

licensed_titles as (

    select distinct
        licences.content_id,
        months.month_start_date

    from licences

    inner join months
        on
            licences.available_from_date <= months.closing_date
            and (
                licences.available_until_date is null
                or licences.available_until_date > months.month_start_date
            )

),

watched_titles as (

    select
        content_id,
        month_start_date,
        sum(valid_views) as valid_views,
        sum(watched_seconds) as watched_seconds

    from content_months

    group by 1, 2

),

title_months as (

    select
        licensed_titles.content_id,
        licensed_titles.month_start_date,
        coalesce(watched_titles.valid_views, 0) as valid_views,
        coalesce(watched_titles.watched_seconds, 0) as watched_seconds

    from licensed_titles

    left join watched_titles
        on
            licensed_titles.content_id = watched_titles.content_id
            and licensed_titles.month_start_date = watched_titles.month_start_date

),

titles_by_watch_time as (

    select
        *,
        row_number() over (
            partition by month_start_date order by watched_seconds desc, content_id asc
        ) as place_from_top,
        row_number() over (
            partition by month_start_date order by watched_seconds, content_id
        ) as place_from_bottom

    from title_months

),

month_totals as (

    select
        month_start_date,
        count(*) as titles,
        sum(case when valid_views > 0 then 1 else 0 end) as titles_viewed,
        sum(watched_seconds) as watched_seconds,
        sum(case when place_from_top <= 10 then watched_seconds else 0 end)
            as top_10_watched_seconds,
        sum(cast(watched_seconds as numeric(24, 0)) * place_from_top)
            as seconds_by_place_from_top,
        sum(cast(watched_seconds as numeric(24, 0)) * place_from_bottom)
            as seconds_by_place_from_bottom

    from titles_by_watch_time

    group by 1

),

catalogue_months as (

    select
        months.month_start_date,
        months.is_complete_month,
        coalesce(month_totals.titles, 0) as titles,
        coalesce(month_totals.titles_viewed, 0) as titles_viewed,
        coalesce(month_totals.watched_seconds, 0) as watched_seconds,
        coalesce(month_totals.top_10_watched_seconds, 0) as top_10_watched_seconds,
        coalesce(month_totals.seconds_by_place_from_top, 0)
            as seconds_by_place_from_top,
        coalesce(month_totals.seconds_by_place_from_bottom, 0)
            as seconds_by_place_from_bottom

    from months

    left join month_totals
        on months.month_start_date = month_totals.month_start_date

),

final as (

    select

        ---------- numerics
        cast(titles as integer) as titles,
        cast(titles_viewed as integer) as titles_viewed,
        {{ ratio('titles_viewed', 'titles') }} as utilisation_rate,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        cast(top_10_watched_seconds as bigint) as top_10_watched_seconds,
        {{ ratio('top_10_watched_seconds', 'watched_seconds') }} as top_10_share,
        cast(
            {{ ratio(
                '2 * seconds_by_place_from_top', 'watched_seconds', 'numeric(16, 6)'
            ) }} - 1 as numeric(16, 6)
        ) as effective_catalogue_size,
        cast(
            {{ ratio(
                '2 * seconds_by_place_from_bottom',
                'titles * watched_seconds',
                'numeric(20, 12)'
            ) }}
            - {{ ratio('titles + 1', 'titles', 'numeric(20, 12)') }} as numeric(12, 6)
        ) as gini,

        ---------- booleans
        is_complete_month,

        ---------- dates
        month_start_date

    from catalogue_months

)

select * from final
