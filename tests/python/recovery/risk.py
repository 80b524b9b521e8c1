"""The risk that each region should show in the mart, from the planted hazards."""

import numpy as np
import pandas as pd

from .recovered import PLAN, REGION

#: Last month whose bills are followed by others within the data.
LAST = "2025-11"


def tenure_band(months: pd.Series) -> np.ndarray:
    """Return the band of full months paid: up to 3, 6 and 12, and beyond."""
    return np.digitize(months, [3, 6, 12])


def planted_cells(
    hazards: pd.DataFrame, by: list[str], first: str = "2024-01"
) -> pd.DataFrame:
    """Return who could leave and how many should, by cell.

    Who asks to leave after one bill is gone with the next; a bill that fails ends the
    membership on its day. So both show one bill after it was known who is exposed.

    Args:
        hazards: As `Recovered.hazards` gives it.
        by: Columns that make the cells.
        first: Month of the first bills at which members are counted as exposed.
    """
    paid = hazards[hazards.month.between(first, LAST)]
    failing = hazards[(hazards.bill_number > 1) & (hazards.month > first)].assign(
        tenure_months=lambda frame: frame.tenure_months - 1
    )
    cells = paid.groupby(by)[["exposed", "expected_cancels"]].sum()
    failures = failing.groupby(by).expected_failures.sum()
    ends = cells.expected_cancels.add(failures, fill_value=0.0)
    return cells.assign(ends=ends).query("exposed > 0")


def standardised_risk(cells: pd.DataFrame) -> pd.Series:
    """Return each region's risk with the tenure and the plans of the platform.

    Args:
        cells: `exposed` and `ends` by region, band and plan.
    """
    rate = (cells.ends / cells.exposed).rename("rate").reset_index()
    weight = cells.exposed.groupby(["band", PLAN]).sum().rename("weight")
    joined = rate.join(weight, on=["band", PLAN])
    joined["part"] = joined.rate * joined.weight
    sums = joined.groupby(REGION)[["part", "weight"]].sum()
    return sums.part / sums.weight
