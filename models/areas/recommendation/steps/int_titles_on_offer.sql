-- Where no licence is known at all, none restricts: every title is on offer everywhere.

with

content as (

    select * from {{ ref('dim_content') }}

),

titles as (

    select * from {{ ref('int_titles') }}

    where not is_deleted

),

licences as (

    select * from {{ ref('stg_streaming_app__content_licences') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

known_licences as (

    select count(*) as known_rows from licences

),

titles_in_regions as (

    select
        titles.content_id,
        regions.region_code

    from titles

    cross join regions

    cross join known_licences

    where known_licences.known_rows = 0

),

licensed_titles as (

    select distinct
        content_id,
        region_code

    from licences

    where
        available_from_date <= {{ as_of_date() }}
        and (
            available_until_date is null
            or available_until_date > {{ as_of_date() }}
        )

    union all

    select
        content_id,
        region_code

    from titles_in_regions

),

final as (

    select

        ---------- ids
        licensed_titles.content_id,

        ---------- strings
        licensed_titles.region_code,
        coalesce(content.leading_genre_code, 'none') as leading_genre_code,

        ---------- numerics
        -- A title that nobody rated for age is not for children.
        case content.maturity_rating
            when 'all' then 0
            when '7+' then 7
            when '13+' then 13
            when '18+' then 18
            else 16
        end as lowest_age,

        ---------- booleans
        coalesce(
            content.release_date > {{ dbt.dateadd(
                'day', -integer_var('new_title_days', 0, 366), as_of_date()
            ) }}, false
        ) as is_new

    from licensed_titles

    inner join titles
        on licensed_titles.content_id = titles.content_id

    inner join content
        on licensed_titles.content_id = content.content_id

    where
        content.release_date is null
        or content.release_date <= {{ as_of_date() }}

)

select * from final
