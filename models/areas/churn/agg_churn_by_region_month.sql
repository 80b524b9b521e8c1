with

member_flows as (

    select * from {{ ref('int_member_flows_by_region_month') }}

),

final as (

    select

        ---------- strings
        region_code,

        ---------- numerics
        cast(opening_members as integer) as opening_members,
        cast(gross_adds as integer) as gross_adds,
        cast(new_members as integer) as new_members,
        cast(returning_members as integer) as returning_members,
        cast(resubscribes as integer) as resubscribes,
        {{ ratio('resubscribes', 'gross_adds') }} as resubscribe_share,
        cast(cancels as integer) as cancels,
        cast(voluntary_cancels as integer) as voluntary_cancels,
        cast(involuntary_cancels as integer) as involuntary_cancels,
        cast(closing_members as integer) as closing_members,
        {{ ratio('cancels', 'opening_members') }} as gross_churn_rate,
        {{ wilson_bound(
            'least(cancels, opening_members)', 'opening_members', 'lower'
        ) }} as gross_churn_rate_lower,
        {{ wilson_bound(
            'least(cancels, opening_members)', 'opening_members', 'upper'
        ) }} as gross_churn_rate_upper,
        {{ ratio('cancels - resubscribes', 'opening_members') }} as net_churn_rate,

        ---------- booleans
        is_complete_month,

        ---------- dates
        month_start_date

    from member_flows

)

select * from final
