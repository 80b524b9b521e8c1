-- A row is the number of plays, of ten thousand and rounded up, from before the
-- release of their title or from after the last day of its licences in the
-- account's region. A few are downloads and clocks; many are a catalogue or a clock
-- that is wrong. Trailers do not count: they are shown before a release. Plays of bots
-- do, as a catalogue that is wrong shows in them as well.

{{ config(
    group='content',
    fail_calc='coalesce(max(plays_per_ten_thousand), 0)',
    warn_if='> 0',
    error_if='> ' ~ integer_var('stop_unlicensed_per_ten_thousand', 0, 10000),
) }}

with

content_days as (

    select * from {{ ref('int_content_days') }}

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

play_counts as (

    select
        sum(content_days.plays) as plays,
        sum(
            case
                when
                    content_days.viewed_date < content.release_date
                    or content_days.viewed_date >= last_licences.until_date
                    then content_days.plays
                else 0
            end
        ) as unlicensed_plays

    from content_days

    inner join content
        on content_days.content_id = content.content_id

    left join last_licences
        on
            content_days.content_id = last_licences.content_id
            and content_days.region_code = last_licences.region_code

)

select
    cast(ceiling(10000.0 * unlicensed_plays / plays) as integer)
        as plays_per_ten_thousand

from play_counts

where unlicensed_plays > 0
