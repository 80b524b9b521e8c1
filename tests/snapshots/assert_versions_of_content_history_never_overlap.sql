-- A row is a pair of versions of one key that hold at the same time, so that a day would
-- have two answers.

with

versions as (

    select
        content_id,
        dbt_valid_from,
        dbt_valid_to,
        row_number() over (order by dbt_valid_from, dbt_valid_to) as version_number

    from {{ ref('content_history') }}

    -- What changed twice on one day held for no day.
    where dbt_valid_to is null or dbt_valid_from < dbt_valid_to

)

select
    versions.content_id,
    versions.dbt_valid_from,
    others.dbt_valid_from as other_valid_from

from versions

inner join versions as others
    on versions.version_number < others.version_number
    and versions.content_id = others.content_id
    and (versions.dbt_valid_to is null or others.dbt_valid_from < versions.dbt_valid_to)
    and (others.dbt_valid_to is null or versions.dbt_valid_from < others.dbt_valid_to)
