-- From an account's first closing date as a member through the month after its last
-- one, so that leaving is a row of its own and not an absence that each dashboard has
-- to infer.

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

users as (

    select * from {{ ref('int_users_located') }}

),

months as (

    select * from {{ ref('util_months') }}

),

membership_spans as (

    select
        user_id,
        min(month_start_date) as first_month_start_date,
        max(month_start_date) as last_month_start_date

    from members

    group by 1

),

months_through_departure as (

    select
        membership_spans.user_id,
        membership_spans.first_month_start_date,
        months.month_start_date,
        months.is_complete_month

    from membership_spans

    inner join months
        on
            membership_spans.first_month_start_date <= months.month_start_date
            and membership_spans.last_month_start_date
            >= months.previous_month_start_date

),

memberships as (

    select
        months_through_departure.user_id,
        users.region_code,
        members.plan_code,
        members.spell_number,
        members.tenure_months,
        members.user_id is not null as is_member,
        members.currency_code,
        members.monthly_price,
        coalesce(members.monthly_price_usd, 0) as mrr_usd,
        coalesce(members.constant_rate_monthly_price_usd, 0) as constant_rate_mrr_usd,
        months_through_departure.first_month_start_date,
        months_through_departure.month_start_date,
        months_through_departure.is_complete_month

    from months_through_departure

    inner join users
        on months_through_departure.user_id = users.user_id

    left join members
        on
            months_through_departure.user_id = members.user_id
            and months_through_departure.month_start_date = members.month_start_date

),

compared_with_previous_month as (

    select
        *,
        coalesce(
            lag(is_member) over (partition by user_id order by month_start_date), false
        ) as was_member,
        lag(plan_code) over (
            partition by user_id order by month_start_date
        ) as previous_plan_code,
        lag(currency_code) over (
            partition by user_id order by month_start_date
        ) as previous_currency_code,
        lag(monthly_price) over (
            partition by user_id order by month_start_date
        ) as previous_monthly_price,
        coalesce(
            lag(mrr_usd) over (partition by user_id order by month_start_date), 0
        ) as previous_mrr_usd

    from memberships

),

final as (

    select

        ---------- ids
        user_id,

        ---------- strings
        region_code,
        plan_code,
        previous_plan_code,
        case
            when was_member and not is_member then 'churn'
            when not is_member then 'away'
            when month_start_date = first_month_start_date then 'new'
            when not was_member then 'reactivation'
            when mrr_usd = previous_mrr_usd then 'unchanged'
            when
                plan_code = previous_plan_code
                and currency_code = previous_currency_code
                and monthly_price = previous_monthly_price
                then 'rate'
            when plan_code = previous_plan_code then 'price_change'
            when mrr_usd > previous_mrr_usd then 'expansion'
            else 'contraction'
        end as mrr_movement,
        currency_code,

        ---------- numerics
        spell_number,
        tenure_months,
        cast(mrr_usd as numeric(12, 2)) as mrr_usd,
        cast(previous_mrr_usd as numeric(12, 2)) as previous_mrr_usd,
        cast(mrr_usd - previous_mrr_usd as numeric(12, 2)) as mrr_change_usd,
        cast(constant_rate_mrr_usd as numeric(12, 2)) as constant_rate_mrr_usd,

        ---------- booleans
        is_member,
        was_member,
        is_complete_month,

        ---------- dates
        month_start_date

    from compared_with_previous_month

)

select * from final
