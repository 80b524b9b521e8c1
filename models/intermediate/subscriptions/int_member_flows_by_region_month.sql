-- Members on the closing date are counted; gross adds and cancels are events. That
-- opening plus adds less cancels gives closing is therefore a test, not a definition.

with

months as (

    select * from {{ ref('util_months') }}

),

regions as (

    select * from {{ ref('stg_reference__regions') }}

),

members as (

    select * from {{ ref('int_members_by_month') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

    where is_paid

),

users as (

    select * from {{ ref('int_users_located') }}

),

closing_members as (

    select
        region_code,
        month_start_date,
        count(*) as closing_members,
        sum(monthly_price_usd) as closing_mrr_usd

    from members

    group by 1, 2

),

gross_adds as (

    select
        users.region_code,
        {{ month_start('spells.paid_from_date') }} as month_start_date,
        count(*) as gross_adds,
        sum(case when spells.is_first_paid_spell then 1 else 0 end) as new_members,
        sum(case when spells.is_first_paid_spell then 0 else 1 end)
            as returning_members,
        sum(case when spells.is_resubscription then 1 else 0 end) as resubscribes

    from spells

    inner join users
        on spells.user_id = users.user_id

    group by 1, 2

),

cancels as (

    select
        users.region_code,
        {{ month_start('spells.ended_date') }} as month_start_date,
        count(*) as cancels,
        sum(case when spells.end_reason = 'voluntary' then 1 else 0 end)
            as voluntary_cancels,
        sum(case when spells.end_reason = 'involuntary' then 1 else 0 end)
            as involuntary_cancels

    from spells

    inner join users
        on spells.user_id = users.user_id

    where spells.ended_date is not null

    group by 1, 2

),

region_months as (

    select
        regions.region_code,
        months.month_start_date,
        months.previous_month_start_date,
        months.is_complete_month

    from regions

    cross join months

),

member_flows_by_region_month as (

    select
        region_months.region_code,
        coalesce(opening.closing_members, 0) as opening_members,
        coalesce(gross_adds.gross_adds, 0) as gross_adds,
        coalesce(gross_adds.new_members, 0) as new_members,
        coalesce(gross_adds.returning_members, 0) as returning_members,
        coalesce(gross_adds.resubscribes, 0) as resubscribes,
        coalesce(cancels.cancels, 0) as cancels,
        coalesce(cancels.voluntary_cancels, 0) as voluntary_cancels,
        coalesce(cancels.involuntary_cancels, 0) as involuntary_cancels,
        coalesce(closing.closing_members, 0) as closing_members,
        coalesce(closing.closing_mrr_usd, 0) as closing_mrr_usd,
        region_months.is_complete_month,
        region_months.month_start_date

    from region_months

    left join closing_members as opening
        on
            region_months.region_code = opening.region_code
            and region_months.previous_month_start_date = opening.month_start_date

    left join closing_members as closing
        on
            region_months.region_code = closing.region_code
            and region_months.month_start_date = closing.month_start_date

    left join gross_adds
        on
            region_months.region_code = gross_adds.region_code
            and region_months.month_start_date = gross_adds.month_start_date

    left join cancels
        on
            region_months.region_code = cancels.region_code
            and region_months.month_start_date = cancels.month_start_date

)

select * from member_flows_by_region_month
