with

users as (

    select * from {{ ref('dim_users') }}

),

spells as (

    select * from {{ ref('fct_subscriptions') }}

    where spell_number = 1

),

final as (

    select

        ---------- strings
        users.country_code,
        users.region_code,
        users.channel_code,
        users.first_plan_code as plan_code,

        ---------- numerics
        cast(count(*) as integer) as signups,
        cast(sum(case when spells.has_trial then 1 else 0 end) as integer) as trials,
        cast(
            sum(case when spells.has_trial and spells.is_paid then 1 else 0 end)
            as integer
        ) as trials_converted,
        cast(
            sum(case when not spells.has_trial and spells.is_paid then 1 else 0 end)
            as integer
        ) as paid_at_once,

        ---------- dates
        users.signup_date

    from users

    left join spells
        on users.user_id = spells.user_id

    group by
        users.country_code, users.region_code, users.channel_code,
        users.first_plan_code, users.signup_date

)

select * from final
