"""How long members stay: the mart's Kaplan-Meier curves follow the planted survival."""

import numpy as np
import pandas as pd
import pytest

from .agreement import Comparison
from .recovered import CHANNEL, PLAN, REGION, Recovered
from .risk import planted_cells

#: Full months paid at which the curves are compared.
MONTHS = (1, 3, 6, 9, 12, 18)


def compare(recovered: Recovered, hazards: pd.DataFrame, by: str) -> Comparison:
    """Compare logs of the curves, of the platform or by segment."""
    columns = {"region": REGION, "channel": CHANNEL, "plan": PLAN}
    spell = hazards.spell_number.map({1: "1", 2: "2", 3: "3+"})
    cells = planted_cells(
        hazards.assign(all="all", spell=spell),
        [columns.get(by, by), "tenure_months"],
    )
    # Exposed at the bill that begins month k: those who may be gone when it is over.
    log_survival = np.log1p(-cells.ends / cells.exposed).groupby(level=0).cumsum()
    planted = pd.Series(
        {
            (code, int(months) + 1): value
            for (code, months), value in log_survival.items()
        }
    )
    mart = recovered.query(
        f"""
        select * from mart_churn.agg_survival_by_segment
        where segment_type = '{by}' and tenure_month in {MONTHS}
        """
    ).set_index(["segment_code", "tenure_month"])
    return Comparison(
        np.log(mart.survival_rate),
        planted.reindex(mart.index),
        # Greenwood's, of the log of the curve.
        mart.survival_rate_standard_error / mart.survival_rate,
    )


@pytest.mark.parametrize(("by", "curves"), [("all", 1), ("region", 4), ("channel", 6)])
def test_curves_follow_the_planted_survival(
    recovered: Recovered, by: str, curves: int
) -> None:
    comparison = compare(recovered, recovered.hazards(), by)
    assert len(comparison.estimate) == curves * len(MONTHS)
    assert comparison.agrees, comparison


@pytest.mark.parametrize("by", [REGION, CHANNEL])
def test_curves_refute_segments_that_are_alike(recovered: Recovered, by: str) -> None:
    alike = dict.fromkeys(recovered.hazard_ratios(by), 1.0)
    hazards = recovered.hazards({by: alike})
    assert not compare(recovered, hazards, by.removesuffix("_code")).agrees


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_the_curve_refutes_a_tenth_more_or_less_cancels(
    recovered: Recovered, factor: float
) -> None:
    hazards = recovered.hazards()
    hazards["expected_cancels"] *= factor
    assert not compare(recovered, hazards, "all").agrees


def test_the_curve_refutes_a_hazard_that_does_not_fall(recovered: Recovered) -> None:
    hazards = recovered.hazards()
    mean = hazards.expected_cancels.sum() / hazards.bills.sum()
    hazards["expected_cancels"] = mean * hazards.bills
    assert not compare(recovered, hazards, "all").agrees


@pytest.mark.parametrize("by", ["plan", "spell"])
def test_curves_of_spells_follow_the_planted_survival(
    another: Recovered, by: str
) -> None:
    comparison = compare(another, another.hazards(), by)
    # No third spell is older than a year and a half.
    assert len(comparison.estimate) == 3 * len(MONTHS) - (by == "spell")
    assert comparison.agrees, comparison


def test_curves_refute_plans_that_are_alike(another: Recovered) -> None:
    alike = dict.fromkeys(another.hazard_ratios(PLAN), 1.0)
    assert not compare(another, another.hazards({PLAN: alike}), "plan").agrees


@pytest.mark.parametrize("factor", [0.5, 1.3])
def test_curves_refute_second_spells_of_another_length(
    another: Recovered, factor: float
) -> None:
    hazards = another.hazards()
    hazards.loc[hazards.spell_number == 2, "expected_cancels"] *= factor
    assert not compare(another, hazards, "spell").agrees
