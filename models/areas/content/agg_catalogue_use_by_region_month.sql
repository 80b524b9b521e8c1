-- What each region could watch in a month and how much of it was watched, also by the
-- days that its titles were there: one that came on the 30th had little time.

with

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

months as (

    select
        month_start_date,
        is_complete_month,
        closing_date,
        cast({{ dbt.dateadd('day', 1, 'closing_date') }} as date) as closed_date

    from {{ ref('util_months') }}

),

licences as (

    select * from {{ ref('stg_streaming_app__content_licences') }}

),

watched_titles as (

    select * from {{ ref('int_content_months') }}

),

licences_in_months as (

    select
        licences.content_id,
        licences.region_code,
        months.month_start_date,
        greatest(licences.available_from_date, months.month_start_date) as from_date,
        least(
            coalesce(licences.available_until_date, months.closed_date),
            months.closed_date
        ) as until_date

    from licences

    inner join months
        on
            licences.available_from_date <= months.closing_date
            and (
                licences.available_until_date is null
                or licences.available_until_date > months.month_start_date
            )

),

-- A title may leave and come back within a month.
licensed_titles as (

    select
        content_id,
        region_code,
        month_start_date,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as title_days

    from licences_in_months

    group by 1, 2, 3

),

region_month_totals as (

    select
        licensed_titles.region_code,
        licensed_titles.month_start_date,
        count(*) as titles,
        sum(case when watched_titles.valid_views > 0 then 1 else 0 end)
            as titles_viewed,
        sum(licensed_titles.title_days) as title_days,
        sum(coalesce(watched_titles.watched_seconds, 0)) as watched_seconds

    from licensed_titles

    left join watched_titles
        on
            licensed_titles.content_id = watched_titles.content_id
            and licensed_titles.region_code = watched_titles.region_code
            and licensed_titles.month_start_date = watched_titles.month_start_date

    group by 1, 2

),

catalogue_months as (

    select
        regions.region_code,
        months.month_start_date,
        months.is_complete_month,
        coalesce(region_month_totals.titles, 0) as titles,
        coalesce(region_month_totals.titles_viewed, 0) as titles_viewed,
        coalesce(region_month_totals.title_days, 0) as title_days,
        coalesce(region_month_totals.watched_seconds, 0) as watched_seconds

    from regions

    cross join months

    left join region_month_totals
        on
            regions.region_code = region_month_totals.region_code
            and months.month_start_date = region_month_totals.month_start_date

),

final as (

    select

        ---------- strings
        region_code,

        ---------- numerics
        cast(titles as integer) as titles,
        cast(titles_viewed as integer) as titles_viewed,
        {{ ratio('titles_viewed', 'titles') }} as utilisation_rate,
        cast(title_days as integer) as title_days,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('watched_seconds', 'title_days * 3600', 'numeric(16, 6)') }}
            as mean_hours_per_title_day,

        ---------- booleans
        is_complete_month,

        ---------- dates
        month_start_date

    from catalogue_months

)

select * from final
