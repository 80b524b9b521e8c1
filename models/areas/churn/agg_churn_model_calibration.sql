-- Of each decile of the held-out member-months by score: the losses that were
-- predicted, and those that came.

with

calibration as (

    select * from {{ ref('stg_ml__churn_calibration') }}

),

final as (

    select

        ---------- strings
        model_name,

        ---------- numerics
        risk_decile,
        member_months,
        losses,
        cast(expected_losses as numeric(18, 6)) as expected_losses,
        cast(expected_losses / member_months as numeric(12, 6)) as expected_rate,
        {{ ratio('losses', 'member_months') }} as loss_rate,
        {{ wilson_bound('losses', 'member_months', 'lower') }} as loss_rate_lower,
        {{ wilson_bound('losses', 'member_months', 'upper') }} as loss_rate_upper

    from calibration

)

select * from final
