"""Ratios of risks with other things equal."""

import numpy as np
import pandas as pd


def standardised_log_ratios(
    frame: pd.DataFrame, by: str, reference: str, strata: list[str]
) -> pd.DataFrame:
    """Return the log of the Mantel-Haenszel risk ratio of each value to the reference.

    Args:
        frame: Columns `by`, the strata, `members` (who could leave) and `cancels`.
        by: What tells the groups apart.
        reference: The group whose ratio is 1.
        strata: What is held equal.

    Returns:
        One row per other group: `log_ratio` and its `standard_error`, by Greenland and
        Robins (Biometrics 41, 1985, formula 13).
    """
    cells = frame.pivot_table(
        index=strata, columns=by, values=["members", "cancels"], aggfunc="sum"
    ).fillna(0.0)
    rows = {}
    for group in cells["members"].columns.drop(reference):
        n1, n0 = cells["members"][group], cells["members"][reference]
        a, b = cells["cancels"][group], cells["cancels"][reference]
        n = (n1 + n0).replace(0, np.inf)
        left, right = (a * n0 / n).sum(), (b * n1 / n).sum()
        spread = (((a + b) * n1 * n0 - a * b * n) / n**2)[n < np.inf].sum()
        rows[group] = {
            "log_ratio": np.log(left / right),
            "standard_error": np.sqrt(spread / (left * right)),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
