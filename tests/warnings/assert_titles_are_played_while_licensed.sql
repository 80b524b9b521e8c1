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

content as (

    select * from {{ ref('dim_content') }}

),

users as (

    select * from {{ ref('dim_users') }}

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
        count(*) as plays,
        sum(
            case
                when
                    plays.viewed_date < content.release_date
                    or plays.viewed_date >= last_licences.until_date
                    then 1
                else 0
            end
        ) as unlicensed_plays

    from plays

    inner join content
        on plays.content_id = content.content_id

    inner join users
        on plays.user_id = users.user_id

    left join last_licences
        on
            plays.content_id = last_licences.content_id
            and users.region_code = last_licences.region_code

)

select
    cast(
        ceiling(10000.0 * unlicensed_plays / plays) as integer
    ) as plays_per_ten_thousand

from play_counts

where unlicensed_plays > 0
