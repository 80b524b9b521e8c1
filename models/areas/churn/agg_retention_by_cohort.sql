-- Who is counted, and when: docs/decisions/0013-retention-and-win-back.md

with

users as (

    select * from {{ ref('dim_users') }}

    where first_paid_date is not null

),

spells as (

    select * from {{ ref('fct_subscriptions') }}

    where is_paid

),

month_offsets as (

    select * from {{ ref('util_month_offsets') }}

),

membership_ends as (

    select
        user_id,
        max(case when is_first_paid_spell then ended_date end)
            as first_spell_ended_date,
        -- One spell that still runs keeps the account a member to the end of the data.
        case when count(*) = count(ended_date) then max(ended_date) end
            as last_spell_ended_date

    from spells

    group by 1

),

members as (

    select
        users.region_code,
        {{ month_start('users.first_paid_date') }} as cohort_month_start_date,
        users.first_paid_date,
        membership_ends.first_spell_ended_date,
        membership_ends.last_spell_ended_date

    from users

    inner join membership_ends
        on users.user_id = membership_ends.user_id

),

cohorts as (

    select
        region_code,
        cohort_month_start_date,
        count(*) as cohort_members

    from members

    group by 1, 2

),

anniversaries as (

    select
        members.region_code,
        members.cohort_month_start_date,
        members.first_spell_ended_date,
        members.last_spell_ended_date,
        month_offsets.months_since,
        {{ month_anniversary('members.first_paid_date', 'month_offsets.months_since') }}
            as anniversary_date

    from members

    cross join month_offsets

),

retention as (

    select
        region_code,
        cohort_month_start_date,
        months_since,
        count(*) as eligible_members,
        sum(
            case
                when first_spell_ended_date is null then 1
                when first_spell_ended_date > anniversary_date then 1
                else 0
            end
        ) as retained_members,
        sum(
            case
                when last_spell_ended_date is null then 1
                when last_spell_ended_date > anniversary_date then 1
                else 0
            end
        ) as retained_or_back_members

    from anniversaries

    where anniversary_date <= {{ as_of_date() }}

    group by 1, 2, 3

),

final as (

    select

        ---------- strings
        retention.region_code,

        ---------- numerics
        retention.months_since,
        cast(cohorts.cohort_members as integer) as cohort_members,
        cast(retention.eligible_members as integer) as eligible_members,
        cast(retention.retained_members as integer) as retained_members,
        {{ ratio('retention.retained_members', 'retention.eligible_members') }}
            as retention_rate,
        {{ wilson_bound(
            'retention.retained_members', 'retention.eligible_members', 'lower'
        ) }} as retention_rate_lower,
        {{ wilson_bound(
            'retention.retained_members', 'retention.eligible_members', 'upper'
        ) }} as retention_rate_upper,
        cast(retention.retained_or_back_members as integer)
            as retained_or_back_members,
        {{ ratio('retention.retained_or_back_members', 'retention.eligible_members') }}
            as unbounded_retention_rate,
        {{ wilson_bound(
            'retention.retained_or_back_members', 'retention.eligible_members', 'lower'
        ) }} as unbounded_retention_rate_lower,
        {{ wilson_bound(
            'retention.retained_or_back_members', 'retention.eligible_members', 'upper'
        ) }} as unbounded_retention_rate_upper,

        ---------- booleans
        retention.eligible_members < cohorts.cohort_members as is_immature,

        ---------- dates
        retention.cohort_month_start_date

    from retention

    inner join cohorts
        on
            retention.region_code = cohorts.region_code
            and retention.cohort_month_start_date = cohorts.cohort_month_start_date

)

select * from final
