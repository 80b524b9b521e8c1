-- A row is a play up to the last day of the data that is staged but not in the mart, in
-- the mart but not staged, or in one of them more often. Plays are joined only if their
-- number or the sum of their keys' hashes says that some differ: a third of the cost.
-- Both tables are named twice, since a step that is read twice PostgreSQL would write
-- down. Once it has passed, it asks only the days of which a table has changed since.
-- It names a mart that nothing is made of, so that dbt holds no model back meanwhile.
-- depends_on: {{ ref('agg_viewing_by_hour') }}

{% set day = 'cast(started_at as date)' %}
{% set tables = [ref('stg_streaming_app__viewing'), ref('fct_viewing')] %}
{% set given = var('as_of_date') %}
{% set is_untested_when_staged = untested_rows(day, tables, given=given) %}
{% set is_untested = untested_rows(day, tables, named='viewed_date', given=given) %}

with

-- A remainder of each hash, so that the sum over billions of plays fits a bigint.
staged_sum as (

    select
        count(*) as plays,
        sum(mod({{ text_hash('play_id') }}, 2147483647)) as hash_sum

    from {{ ref('stg_streaming_app__viewing') }}

    where
        cast(started_at as date) <= {{ as_of_date() }}
        and {{ is_untested_when_staged }}

),

play_sum as (

    select
        count(*) as plays,
        sum(mod({{ text_hash('play_id') }}, 2147483647)) as hash_sum

    from {{ ref('fct_viewing') }}

    where {{ is_untested }}

),

difference as (

    select 1 as is_there

    from staged_sum

    cross join play_sum

    where
        staged_sum.plays != play_sum.plays
        or staged_sum.hash_sum != play_sum.hash_sum

),

staged as (

    select
        play_id,
        count(*) as staged_rows

    from {{ ref('stg_streaming_app__viewing') }}

    where
        cast(started_at as date) <= {{ as_of_date() }}
        and {{ is_untested_when_staged }}
        and exists (select difference.is_there from difference)

    group by 1

),

plays as (

    select
        play_id,
        count(*) as mart_rows

    from {{ ref('fct_viewing') }}

    where
        {{ is_untested }}
        and exists (select difference.is_there from difference)

    group by 1

)

select
    staged.play_id as staged_play_id,
    staged.staged_rows,
    plays.play_id,
    plays.mart_rows

from staged

full outer join plays
    on staged.play_id = plays.play_id

where coalesce(staged.staged_rows, 0) != coalesce(plays.mart_rows, 0)
