"""Which regions lose more members, other things equal: order and ratio as planted."""

import numpy as np
import pandas as pd
import pytest

from .agreement import Comparison
from .ratios import standardised_log_ratios
from .recovered import CHANNEL, PLAN, REGION, Recovered
from .risk import LAST, planted_cells, standardised_risk, tenure_band

# Members on one closing date, and who of them had left by the next, of their own will.
LEAVERS = """
with months as (
    select
        *,
        lead(is_member) over (partition by user_id order by month_start_date) as stays
    from mart_churn.fct_user_months
)
select
    months.region_code,
    users.channel_code,
    months.plan_code,
    months.tenure_months,
    count(*) as members,
    sum(case when not stays and end_reason = 'voluntary' then 1 else 0 end) as cancels
from months
join mart_core.dim_users as users using (user_id)
join mart_core.fct_subscriptions as spells using (user_id, spell_number)
where months.is_member and months.stays is not null
group by 1, 2, 3, 4
"""
REFERENCES = {REGION: "EMEA", PLAN: "standard", CHANNEL: "television"}

Changed = dict[str, dict[str, float]]


def mart_risk(recovered: Recovered) -> pd.DataFrame:
    return recovered.query(
        "select * from mart_churn.agg_churn_risk_by_region"
    ).set_index(REGION)


def risk_cells(recovered: Recovered, changed: Changed | None = None) -> pd.DataFrame:
    """Return who could leave and how many should, by region, tenure and plan."""
    hazards = recovered.hazards(changed)
    # The mart looks at twelve months; who left in them was billed in the one before.
    cells = planted_cells(hazards, [REGION, "tenure_months", PLAN], first="2024-12")
    cells = cells.reset_index()
    cells["band"] = tenure_band(cells.tenure_months)
    return cells.groupby([REGION, "band", PLAN])[["exposed", "ends"]].sum()


def compare_risk(recovered: Recovered, changed: Changed | None = None) -> Comparison:
    """Compare the mart's standardised risk with the planted one."""
    mart = mart_risk(recovered)
    return Comparison(
        mart.standardised_churn_rate,
        standardised_risk(risk_cells(recovered, changed)).reindex(mart.index),
        mart.standardised_churn_rate_standard_error,
    )


def compare_mix(recovered: Recovered) -> Comparison:
    """Compare what the mix of a region adds to its risk with what was planted.

    A weighted sum over the strata, whose weights are how far the region's own shares
    are from the platform's: chance moves it far less than the risks themselves.
    """
    cells = risk_cells(recovered).reset_index()
    rate = cells.ends / cells.exposed
    whole = cells.groupby(["band", PLAN]).exposed.transform("sum") / cells.exposed.sum()
    apart = cells.exposed / cells.groupby(REGION).exposed.transform("sum") - whole
    parts = pd.DataFrame(
        {
            "effect": apart * rate,
            "variance": apart**2 * rate * (1 - rate) / cells.exposed,
        }
    )
    sums = parts.groupby(cells[REGION]).sum()
    mart = mart_risk(recovered)
    return Comparison(mart.mix_effect, sums.effect, np.sqrt(sums.variance))


def compare_ratios(
    recovered: Recovered, by: str, changed: Changed | None = None
) -> Comparison:
    """Compare hazard ratios from the marts with those of the planted hazards."""
    strata = [name for name in (REGION, PLAN, CHANNEL) if name != by]
    found = standardised_log_ratios(
        recovered.query(LEAVERS), by, REFERENCES[by], [*strata, "tenure_months"]
    )
    hazards = recovered.hazards(changed)
    hazards = hazards[hazards.month <= LAST]
    planted = standardised_log_ratios(
        hazards.assign(members=hazards.exposed, cancels=hazards.expected_cancels),
        by,
        REFERENCES[by],
        [*strata, "tenure_months"],
    )
    return Comparison(found.log_ratio, planted.log_ratio, found.standard_error)


def swapped(ratios: dict[str, float], one: str, other: str) -> dict[str, float]:
    return ratios | {one: ratios[other], other: ratios[one]}


def test_the_mart_knows_who_could_leave(recovered: Recovered) -> None:
    hazards = recovered.hazards()
    window = hazards[hazards.month.between("2024-12", LAST)]
    exposed = window.groupby(REGION).exposed.sum()
    # A spell that goes on within the week of grace is no end: one in a thousand.
    np.testing.assert_allclose(
        mart_risk(recovered).exposure_months.reindex(exposed.index), exposed, rtol=2e-3
    )


def test_standardised_risk_is_the_planted_one(recovered: Recovered) -> None:
    comparison = compare_risk(recovered)
    assert comparison.agrees, comparison


@pytest.mark.parametrize(
    "pair", [("UCAN", "LATAM"), ("UCAN", "APAC"), ("EMEA", "LATAM"), ("UCAN", "EMEA")]
)
def test_standardised_risk_refutes_regions_that_change_places(
    recovered: Recovered, pair: tuple[str, str]
) -> None:
    planted = recovered.hazard_ratios(REGION)
    assert not compare_risk(recovered, {REGION: swapped(planted, *pair)}).agrees


def test_standardised_risk_refutes_regions_that_are_alike(recovered: Recovered) -> None:
    alike = dict.fromkeys(recovered.world.regions, 1.0)
    assert not compare_risk(recovered, {REGION: alike}).agrees


def test_the_mix_of_a_region_adds_what_was_planted(recovered: Recovered) -> None:
    comparison = compare_mix(recovered)
    assert comparison.agrees, comparison
    # A risk that is not standardised would leave nothing to the mix.
    nothing = Comparison(
        0 * comparison.estimate, comparison.expected, comparison.standard_error
    )
    assert not nothing.agrees


@pytest.mark.parametrize("by", [REGION, PLAN, CHANNEL])
def test_hazard_ratios_are_the_planted_ones(recovered: Recovered, by: str) -> None:
    comparison = compare_ratios(recovered, by)
    assert comparison.agrees, comparison


@pytest.mark.parametrize("by", [REGION, PLAN, CHANNEL])
def test_hazard_ratios_refute_segments_that_are_alike(
    recovered: Recovered, by: str
) -> None:
    alike = dict.fromkeys(recovered.hazard_ratios(by), 1.0)
    assert not compare_ratios(recovered, by, {by: alike}).agrees


@pytest.mark.parametrize(
    ("by", "one", "other"),
    [
        (REGION, "UCAN", "LATAM"),
        (REGION, "APAC", "LATAM"),
        (PLAN, "ads", "premium"),
        (CHANNEL, "social", "referral"),
        (CHANNEL, "social", "organic"),
    ],
)
def test_hazard_ratios_refute_segments_that_change_places(
    recovered: Recovered, by: str, one: str, other: str
) -> None:
    changed = {by: swapped(recovered.hazard_ratios(by), one, other)}
    assert not compare_ratios(recovered, by, changed).agrees


def test_regions_are_in_the_planted_order(recovered: Recovered) -> None:
    planted = recovered.hazard_ratios(REGION)
    found = compare_ratios(recovered, REGION).estimate.to_dict() | {"EMEA": 0.0}
    assert sorted(found, key=found.__getitem__) == sorted(
        planted, key=planted.__getitem__
    )


def test_raw_and_standardised_order_disagree(recovered: Recovered) -> None:
    """Simpson: Asia-Pacific loses more than Europe, and its members want to less."""
    mart = mart_risk(recovered)
    rate = mart.voluntary_cancels / mart.exposure_months
    variance = rate / mart.exposure_months
    gap = rate["APAC"] - rate["EMEA"]
    ratios = compare_ratios(recovered, REGION)
    apart = pd.Series(
        {
            "raw": gap / np.sqrt(variance["APAC"] + variance["EMEA"]),
            "standardised": -ratios.estimate["APAC"] / ratios.standard_error["APAC"],
        }
    )
    none = Comparison(apart, 0 * apart, 0 * apart + 1)
    assert (apart > none.limit).all(), none


def test_another_world_shows_its_own_ratios(another: Recovered) -> None:
    """Where members are alike, the marts show the planted numbers themselves."""
    found = compare_ratios(another, REGION)
    ratios = pd.Series(another.hazard_ratios(REGION))[found.estimate.index]
    planted = pd.Series(np.log(ratios.to_numpy()), ratios.index)
    own = Comparison(found.estimate, planted, found.standard_error)
    assert own.agrees, own
    risk = compare_risk(another)
    assert risk.agrees, risk


def test_another_world_refutes_the_usual_ratios(
    another: Recovered, recovered: Recovered
) -> None:
    usual = recovered.hazard_ratios(REGION)
    assert not compare_ratios(another, REGION, {REGION: usual}).agrees
    assert not compare_risk(another, {REGION: usual}).agrees
