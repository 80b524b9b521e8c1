-- Accounts by country and plan as they were on a day, and as they are now: what a
-- report of that day showed, whatever has changed since. Give the day with
-- --vars '{history_date: 2025-12-31}'; without one it is today's date of the data.

with

versions as (

    select * from {{ ref('users_history') }}

),

versions_on_the_day as (

    select *

    from versions

    where
        dbt_valid_from <= {{ history_date() }}
        and (dbt_valid_to is null or dbt_valid_to > {{ history_date() }})

),

current_versions as (

    select * from versions

    where dbt_valid_to is null

)

select
    versions_on_the_day.country_code,
    versions_on_the_day.current_plan_code as plan_code,
    count(*) as accounts,
    sum(
        case
            when current_versions.country_code <> versions_on_the_day.country_code
                then 1
            else 0
        end
    ) as moved_since,
    sum(
        case
            when
                current_versions.current_plan_code
                <> versions_on_the_day.current_plan_code
                then 1
            else 0
        end
    ) as changed_plan_since

from versions_on_the_day

left join current_versions
    on versions_on_the_day.user_id = current_versions.user_id

group by 1, 2

order by 1, 2
