-- A row is a tenure month in which the segments of one type hold other spells than the
-- platform, or a type that lost a month.

with

survival as (

    select * from {{ ref('agg_survival_by_segment') }}

),

segments as (

    select
        segment_type,
        tenure_month,
        sum(at_risk_spells) as at_risk_spells,
        sum(ended_spells) as ended_spells,
        sum(censored_spells) as censored_spells

    from survival

    where segment_type != 'all'

    group by 1, 2

),

platform as (

    select
        tenure_month,
        at_risk_spells,
        ended_spells,
        censored_spells

    from survival

    where segment_type = 'all'

),

types as (

    select distinct segment_type

    from segments

),

expected as (

    select
        types.segment_type,
        platform.tenure_month,
        platform.at_risk_spells,
        platform.ended_spells,
        platform.censored_spells

    from types

    cross join platform

)

select
    expected.segment_type,
    expected.tenure_month,
    expected.at_risk_spells,
    segments.at_risk_spells as segments_at_risk_spells

from expected

full outer join segments
    on
        expected.segment_type = segments.segment_type
        and expected.tenure_month = segments.tenure_month

where
    coalesce(expected.at_risk_spells, -1) != coalesce(segments.at_risk_spells, -1)
    or coalesce(expected.ended_spells, -1) != coalesce(segments.ended_spells, -1)
    or coalesce(expected.censored_spells, -1) != coalesce(segments.censored_spells, -1)
