with

users as (

    select * from {{ ref('int_users_located') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

spell_totals as (

    select
        user_id,
        min(case when spell_number = 1 then first_plan_code end) as first_plan_code,
        max(
            case when is_censored and is_paid then last_plan_code end
        ) as current_plan_code,
        sum(case when is_paid then 1 else 0 end) as paid_spells,
        sum(
            case
                when
                    is_paid
                    and ended_date > {{ dbt.dateadd(
                        'month',
                        -integer_var('repeat_leaver_months', 1, 120),
                        as_of_date()
                    ) }}
                    then 1
                else 0
            end
        ) as recent_cancels,
        min(case when is_first_paid_spell then paid_from_date end) as first_paid_date

    from spells

    group by 1

),

user_ages as (

    select
        *,
        {{ whole_quotient(full_months_between('birth_date', as_of_date()), '12') }}
            as age_years

    from users

),

final as (

    select

        ---------- ids
        user_ages.user_id,

        ---------- strings
        user_ages.country_code,
        user_ages.region_code,
        user_ages.channel_code,
        coalesce(spell_totals.first_plan_code, 'none') as first_plan_code,
        coalesce(spell_totals.current_plan_code, 'none') as current_plan_code,
        case
            when user_ages.age_years is null then 'unknown'
            when user_ages.age_years < 18 then 'under 18'
            when user_ages.age_years < 25 then '18-24'
            when user_ages.age_years < 35 then '25-34'
            when user_ages.age_years < 45 then '35-44'
            when user_ages.age_years < 55 then '45-54'
            when user_ages.age_years < 65 then '55-64'
            else '65 and over'
        end as age_band,

        ---------- numerics
        cast(coalesce(spell_totals.paid_spells, 0) as integer) as paid_spells,
        cast(coalesce(spell_totals.recent_cancels, 0) as integer) as recent_cancels,

        ---------- booleans
        spell_totals.current_plan_code is not null as is_member,
        coalesce(spell_totals.recent_cancels, 0)
        >= {{ integer_var('repeat_leaver_cancels', 2, 100) }} as is_repeat_leaver,

        ---------- dates
        user_ages.signup_date,
        {{ month_start('user_ages.signup_date') }} as signup_month_start_date,
        spell_totals.first_paid_date

    from user_ages

    left join spell_totals
        on user_ages.user_id = spell_totals.user_id

)

select * from final
