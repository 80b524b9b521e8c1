-- A row is the number of plays, of ten thousand and rounded up, from before the
-- release of their title or from after the last day of its licences in the
-- account's region. A few are downloads and clocks; many are a catalogue or a clock
-- that is wrong.

{{ config(
    fail_calc='coalesce(max(plays_per_ten_thousand), 0)',
    warn_if='> 0',
    error_if='> ' ~ integer_var('stop_unlicensed_per_ten_thousand', 0, 10000),
) }}

with

plays as (

    select * from {{ ref('fct_viewing') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

-- The first and the last play of a title in a region tell whether any is at fault.
titles_in_regions as (

    select
        plays.content_id,
        users.region_code,
        count(*) as plays,
        min(plays.viewed_date) as first_date,
        max(plays.viewed_date) as last_date

    from plays

    inner join users
        on plays.user_id = users.user_id

    group by 1, 2

),

content as (

    select * from {{ ref('dim_content') }}

),

last_licences as (

    select
        content_id,
        region_code,
        max(coalesce(available_until_date, cast('9999-12-31' as date))) as until_date

    from {{ ref('stg_streaming_app__content_licences') }}

    group by 1, 2

),

doubted_titles as (

    select
        titles_in_regions.content_id,
        titles_in_regions.region_code,
        content.release_date,
        last_licences.until_date

    from titles_in_regions

    inner join content
        on titles_in_regions.content_id = content.content_id

    left join last_licences
        on
            titles_in_regions.content_id = last_licences.content_id
            and titles_in_regions.region_code = last_licences.region_code

    where
        titles_in_regions.first_date < content.release_date
        or titles_in_regions.last_date >= last_licences.until_date

),

-- The tables are named again: steps that are read twice PostgreSQL would write down.
doubted_plays as (

    select * from {{ ref('fct_viewing') }}

    where content_id in (select doubted_titles.content_id from doubted_titles)

),

located_users as (

    select * from {{ ref('dim_users') }}

),

unlicensed_plays as (

    select count(*) as unlicensed_plays

    from doubted_plays

    inner join located_users
        on doubted_plays.user_id = located_users.user_id

    inner join doubted_titles
        on
            doubted_plays.content_id = doubted_titles.content_id
            and located_users.region_code = doubted_titles.region_code

    where
        doubted_plays.viewed_date < doubted_titles.release_date
        or doubted_plays.viewed_date >= doubted_titles.until_date

),

play_counts as (

    select sum(plays) as plays from titles_in_regions

)

select
    cast(
        ceiling(10000.0 * unlicensed_plays.unlicensed_plays / play_counts.plays)
        as integer
    ) as plays_per_ten_thousand

from unlicensed_plays

cross join play_counts

where unlicensed_plays.unlicensed_plays > 0
