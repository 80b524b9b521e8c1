-- Who is counted, and when: docs/decisions/0013-retention-and-win-back.md

with

spells as (

    select * from {{ ref('fct_subscriptions') }}

    where is_paid

),

month_offsets as (

    select * from {{ ref('util_month_offsets') }}

    where months_since > 0

),

spells_and_returns as (

    select
        ended_date,
        lead(paid_from_date) over (
            partition by user_id order by paid_from_date
        ) as returned_date

    from spells

),

cancels as (

    select
        ended_date,
        returned_date,
        {{ month_start('ended_date') }} as cancel_month_start_date

    from spells_and_returns

    where ended_date is not null

),

cancels_by_month as (

    select
        cancel_month_start_date,
        count(*) as cancels

    from cancels

    group by 1

),

return_windows as (

    select
        cancels.cancel_month_start_date,
        cancels.returned_date,
        month_offsets.months_since,
        {{ month_anniversary('cancels.ended_date', 'month_offsets.months_since') }}
            as window_end_date

    from cancels

    cross join month_offsets

),

returns as (

    select
        cancel_month_start_date,
        months_since,
        count(*) as eligible_cancels,
        sum(case when returned_date < window_end_date then 1 else 0 end)
            as returned_cancels

    from return_windows

    where window_end_date <= {{ as_of_date() }}

    group by 1, 2

),

final as (

    select

        ---------- numerics
        returns.months_since,
        cast(cancels_by_month.cancels as integer) as cancels,
        cast(returns.eligible_cancels as integer) as eligible_cancels,
        cast(returns.returned_cancels as integer) as returned_cancels,
        {{ ratio('returns.returned_cancels', 'returns.eligible_cancels') }}
            as winback_rate,
        {{ wilson_bound(
            'returns.returned_cancels', 'returns.eligible_cancels', 'lower'
        ) }} as winback_rate_lower,
        {{ wilson_bound(
            'returns.returned_cancels', 'returns.eligible_cancels', 'upper'
        ) }} as winback_rate_upper,

        ---------- booleans
        returns.eligible_cancels < cancels_by_month.cancels as is_immature,

        ---------- dates
        returns.cancel_month_start_date

    from returns

    inner join cancels_by_month
        on returns.cancel_month_start_date = cancels_by_month.cancel_month_start_date

)

select * from final
