-- What members do who watch much, and who stay.
select
    behaviour_code,
    behaviour_name,
    member_months,
    high_member_months,
    high_with_member_months,
    low_member_months,
    low_with_member_months,
    high_engagement_share,
    low_engagement_share,
    with_member_months,
    with_retained,
    without_member_months,
    without_retained,
    with_retention_rate,
    without_retention_rate,
    retention_difference,
    retention_difference_lower,
    retention_difference_upper,
    compared_member_months,
    standardised_retention_difference
from {{ ref('agg_engagement_signals') }}
order by retention_difference desc, behaviour_code asc
