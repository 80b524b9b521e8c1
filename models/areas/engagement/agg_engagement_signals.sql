-- Heavy watchers do more of everything and stay longer, so the difference in retention
-- is also given within quartiles of watch time.
-- docs/decisions/0023-engagement-signals.md

with

member_months as (

    select * from {{ ref('int_behaviours_by_member_month') }}

),

behaviours as (

    select * from {{ ref('stg_reference__behaviours') }}

),

behaviours_by_quartile as (

    select
        behaviour_code,
        watch_time_quartile,
        -- Of whom nobody knows whether they did it, none counts.
        count(has_behaviour) as member_months,
        sum(case when has_behaviour then 1 else 0 end) as with_member_months,
        sum(case when not has_behaviour then 1 else 0 end) as without_member_months,
        sum(case when has_behaviour and is_retained then 1 else 0 end) as with_retained,
        sum(case when not has_behaviour and is_retained then 1 else 0 end)
            as without_retained

    from member_months

    group by 1, 2

),

-- A quartile that lacks one of the two sides cannot be compared and gets no weight.
quartile_differences as (

    select
        *,
        case
            when with_member_months > 0 and without_member_months > 0
                then member_months
            else 0
        end as quartile_weight,
        {{ ratio('with_retained', 'with_member_months', 'numeric(24, 12)') }}
        - {{ ratio('without_retained', 'without_member_months', 'numeric(24, 12)') }}
            as retention_difference

    from behaviours_by_quartile

),

behaviour_totals as (

    select
        behaviour_code,
        sum(member_months) as member_months,
        sum(with_member_months) as with_member_months,
        sum(without_member_months) as without_member_months,
        sum(with_retained) as with_retained,
        sum(without_retained) as without_retained,
        sum(case when watch_time_quartile = 4 then member_months else 0 end)
            as high_member_months,
        sum(case when watch_time_quartile = 4 then with_member_months else 0 end)
            as high_with_member_months,
        sum(case when watch_time_quartile = 1 then member_months else 0 end)
            as low_member_months,
        sum(case when watch_time_quartile = 1 then with_member_months else 0 end)
            as low_with_member_months,
        sum(quartile_weight * coalesce(retention_difference, 0))
            as weighted_retention_difference,
        sum(quartile_weight) as compared_member_months

    from quartile_differences

    group by 1

),

behaviour_rates as (

    select
        behaviours.behaviour_code,
        behaviours.behaviour_name,
        coalesce(behaviour_totals.member_months, 0) as member_months,
        coalesce(behaviour_totals.high_member_months, 0) as high_member_months,
        coalesce(behaviour_totals.high_with_member_months, 0)
            as high_with_member_months,
        coalesce(behaviour_totals.low_member_months, 0) as low_member_months,
        coalesce(behaviour_totals.low_with_member_months, 0) as low_with_member_months,
        coalesce(behaviour_totals.with_member_months, 0) as with_member_months,
        coalesce(behaviour_totals.with_retained, 0) as with_retained,
        coalesce(behaviour_totals.without_member_months, 0) as without_member_months,
        coalesce(behaviour_totals.without_retained, 0) as without_retained,
        coalesce(behaviour_totals.compared_member_months, 0) as compared_member_months,
        behaviour_totals.weighted_retention_difference,
        {{ ratio(
            'behaviour_totals.high_with_member_months',
            'behaviour_totals.high_member_months'
        ) }}
            as high_engagement_share,
        {{ ratio(
            'behaviour_totals.low_with_member_months',
            'behaviour_totals.low_member_months'
        ) }}
            as low_engagement_share,
        {{ ratio(
            'behaviour_totals.with_retained', 'behaviour_totals.with_member_months'
        ) }}
            as with_retention_rate,
        {{ ratio(
            'behaviour_totals.without_retained',
            'behaviour_totals.without_member_months'
        ) }}
            as without_retention_rate

    from behaviours

    left join behaviour_totals
        on behaviours.behaviour_code = behaviour_totals.behaviour_code

),

behaviour_rates_and_error as (

    select
        *,
        sqrt(
            with_retention_rate * (1 - with_retention_rate)
            / nullif(with_member_months, 0)
            + without_retention_rate * (1 - without_retention_rate)
            / nullif(without_member_months, 0)
        ) as difference_standard_error

    from behaviour_rates

),

final as (

    select

        ---------- strings
        behaviour_code,
        behaviour_name,

        ---------- numerics
        cast(member_months as integer) as member_months,
        cast(high_member_months as integer) as high_member_months,
        cast(high_with_member_months as integer) as high_with_member_months,
        high_engagement_share,
        cast(low_member_months as integer) as low_member_months,
        cast(low_with_member_months as integer) as low_with_member_months,
        low_engagement_share,
        -- From the counts: a small share has few of its digits left once rounded.
        {{ ratio(
            'cast(high_with_member_months as bigint) * low_member_months',
            'cast(low_with_member_months as bigint) * high_member_months'
        ) }} as lift,
        cast(with_member_months as integer) as with_member_months,
        cast(with_retained as integer) as with_retained,
        with_retention_rate,
        cast(without_member_months as integer) as without_member_months,
        cast(without_retained as integer) as without_retained,
        without_retention_rate,
        cast(with_retention_rate - without_retention_rate as numeric(12, 6))
            as retention_difference,
        cast(
            with_retention_rate - without_retention_rate
            - {{ z_score() }} * difference_standard_error as numeric(12, 6)
        ) as retention_difference_lower,
        cast(
            with_retention_rate - without_retention_rate
            + {{ z_score() }} * difference_standard_error as numeric(12, 6)
        ) as retention_difference_upper,
        cast(compared_member_months as integer) as compared_member_months,
        {{ ratio('weighted_retention_difference', 'compared_member_months') }}
            as standardised_retention_difference

    from behaviour_rates_and_error

)

select * from final
