-- A title that content no longer has, while episodes or licences still describe it,
-- was deleted. Its plays were watched, so it keeps a row. Nobody knows any more how
-- long a deleted film is: the furthest position that a play of it reached stands
-- for its length. Titles that share a name are told apart by their year and, where that
-- is not enough, by their id.

with

content as (

    select * from {{ ref('stg_streaming_app__content') }}

),

episodes as (

    select * from {{ ref('stg_streaming_app__episodes') }}

),

licences as (

    select * from {{ ref('stg_streaming_app__content_licences') }}

),

plays as (

    select * from {{ ref('stg_streaming_app__viewing') }}

    where play_type = 'main'

),

described_titles as (

    select
        content_id,
        1 as is_of_episode,
        release_date as first_date,
        loaded_at

    from episodes

    union all

    select
        content_id,
        0 as is_of_episode,
        available_from_date as first_date,
        loaded_at

    from licences

),

deleted_titles as (

    select
        described_titles.content_id,
        {{ dbt.concat(["'Deleted title '", 'described_titles.content_id']) }} as title,
        case
            when max(described_titles.is_of_episode) = 1 then 'series' else 'film'
        end as content_type,
        coalesce(
            min(described_titles.first_date),
            cast(min(described_titles.loaded_at) as date)
        ) as release_date

    from described_titles

    left join content
        on described_titles.content_id = content.content_id

    where content.content_id is null

    group by 1, 2

),

film_lengths as (

    select
        deleted_titles.content_id,
        nullif(
            max(plays.start_position_seconds + plays.watched_seconds), 0
        ) as runtime_seconds

    from deleted_titles

    inner join plays
        on deleted_titles.content_id = plays.content_id

    where deleted_titles.content_type = 'film'

    group by 1

),

titles_there as (

    select
        content_id,
        title,
        content_type,
        original_language,
        maturity_rating,
        runtime_seconds,
        licence_cost_usd,
        is_original,
        false as is_deleted,
        release_date

    from content

),

titles_kept as (

    select
        deleted_titles.content_id,
        deleted_titles.title,
        deleted_titles.content_type,
        cast(null as {{ dbt.type_string() }}) as original_language,
        cast(null as {{ dbt.type_string() }}) as maturity_rating,
        film_lengths.runtime_seconds,
        cast(null as numeric(12, 2)) as licence_cost_usd,
        cast(null as {{ dbt.type_boolean() }}) as is_original,
        true as is_deleted,
        deleted_titles.release_date

    from deleted_titles

    left join film_lengths
        on deleted_titles.content_id = film_lengths.content_id

),

titles as (

    select * from titles_there

    union all

    select * from titles_kept

),

titles_and_years as (

    select
        *,
        case
            when release_date is not null and count(*) over (partition by title) > 1
                then {{ dbt.concat([
                    'title',
                    "' ('",
                    'cast(extract(year from release_date) as ' ~ dbt.type_string() ~ ')',
                    "')'",
                ]) }}
            else title
        end as title_and_year

    from titles

),

titles_told_apart as (

    select
        content_id,
        title,
        case
            when count(*) over (partition by title_and_year) > 1
                then {{ dbt.concat(['title_and_year', "' ['", 'content_id', "']'"]) }}
            else title_and_year
        end as title_label,
        content_type,
        original_language,
        maturity_rating,
        runtime_seconds,
        licence_cost_usd,
        is_original,
        is_deleted,
        release_date

    from titles_and_years

)

select * from titles_told_apart
