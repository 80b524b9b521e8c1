"""How good forecasts of losses are, with intervals by account.

Members are drawn again, with all of their months: the months of one member are alike.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from streaming_analytics.models.churn.hazard import calibration

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RESAMPLES = 200
DECILES = 10
_PERCENT = (2.5, 97.5)
_SEED = 20250101


class Forecasts:
    """Probabilities of one scorer, and what came; measured under any weights."""

    def __init__(self, is_lost: Bools, probabilities: Floats) -> None:
        """Sort them once, from the highest, with equal ones in one group."""
        self.is_lost = is_lost
        self.probabilities = probabilities
        self.log_odds = np.log(probabilities) - np.log1p(-probabilities)
        self._order = np.argsort(-probabilities, kind="stable")
        ranked = probabilities[self._order]
        self._groups = np.flatnonzero(np.diff(ranked, prepend=np.inf))
        # Slope and intercept; a line cannot be laid through one point.
        self._line = (
            calibration(self.log_odds, is_lost) if np.ptp(self.log_odds) > 0 else None
        )

    def measure(self, weights: Floats) -> dict[str, float]:
        """Return every metric, with each member-month counted `weights` times.

        Equal scores are neither above nor below each other: half of their pairs are
        won, and of a group on the border of a decile a part counts.
        """
        ranked = weights[self._order]
        lost_weights = ranked * self.is_lost[self._order]
        lost = np.add.reduceat(lost_weights, self._groups)
        kept = np.add.reduceat(ranked - lost_weights, self._groups)
        losses, total = lost.sum(), weights.sum()
        lost_above, kept_above = np.cumsum(lost), np.cumsum(kept)
        counted = lost_above + kept_above
        won = lost * (kept.sum() - kept_above + kept / 2)
        precision = lost_above / np.maximum(counted, np.finfo(float).tiny)
        decile = total / DECILES
        part = np.clip(
            (decile - (counted - lost - kept)) / np.maximum(lost + kept, 1e-300), 0, 1
        )
        squares = (self.probabilities - self.is_lost) ** 2
        return {
            "auc": won.sum() / losses / (total - losses),
            "average_precision": (lost * precision).sum() / losses,
            "brier": weights @ squares / total,
            "lift_at_10": (part * lost).sum() / decile / (losses / total),
            "calibration_slope": self._slope(weights),
            "expected_to_observed": weights @ self.probabilities / losses,
        }

    def _slope(self, weights: Floats) -> float:
        """Return the slope under `weights`: one step of Newton's from that of all.

        It is exact for equal weights, and near enough for an interval.
        """
        if self._line is None:
            return np.nan
        slope, intercept = self._line
        fitted = 1 / (1 + np.exp(-(slope * self.log_odds + intercept)))
        design = np.column_stack([self.log_odds, np.ones(len(fitted))])
        gradient = design.T @ (weights * (self.is_lost - fitted))
        information = (design.T * (weights * fitted * (1 - fitted))) @ design
        return slope + np.linalg.solve(information, gradient)[0]


def evaluate(
    is_lost: Bools, accounts: NDArray[np.object_], scores: Mapping[str, Floats]
) -> pd.DataFrame:
    """Return one row per scorer and metric: model_name, metric_name, value, interval.

    Args:
        is_lost: What came, one entry per member-month; both kinds must occur.
        accounts: Whose member-month each is.
        scores: Probabilities by scorer, `model` and `baseline`. `auc_gain` is the AUC
            of the first less that of the second.
    """
    draws = [np.ones(len(is_lost)), *_draws(accounts, is_lost)]
    measured = {}
    for name, probabilities in scores.items():
        forecasts = Forecasts(is_lost, probabilities)
        measured[name] = pd.DataFrame([forecasts.measure(each) for each in draws])
    gain = measured["model"]["auc"] - measured["baseline"]["auc"]
    measured["model"] = measured["model"].assign(auc_gain=gain)
    return pd.DataFrame(
        {
            "model_name": name,
            "metric_name": metric,
            "metric_value": values.iloc[0],
            "lower_value": np.percentile(values.iloc[1:], _PERCENT[0]),
            "upper_value": np.percentile(values.iloc[1:], _PERCENT[1]),
        }
        for name, frame in measured.items()
        for metric, values in frame.items()
    )


def by_decile(is_lost: Bools, scores: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the rows of `ml.churn_calibration`; equal scores share a decile."""
    frames = []
    for name, probabilities in scores.items():
        ranks = pd.Series(probabilities).rank(method="min").to_numpy() - 1
        table = pd.DataFrame(
            {
                "model_name": name,
                "risk_decile": (ranks * DECILES // len(ranks) + 1).astype(int),
                "losses": is_lost.astype(int),
                "expected_losses": probabilities,
            }
        )
        grouped = table.groupby(["model_name", "risk_decile"])
        frame = grouped[["losses", "expected_losses"]].sum()
        frame.insert(0, "member_months", grouped.size())
        frames.append(frame.reset_index())
    return pd.concat(frames, ignore_index=True)


def _draws(accounts: NDArray[np.object_], is_lost: Bools) -> list[Floats]:
    """Return how often each member-month is drawn, per resample of the accounts."""
    rng = np.random.default_rng(_SEED)
    _, numbers = np.unique(accounts, return_inverse=True)
    count = int(numbers.max()) + 1
    draws = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        weights = times[numbers].astype(float)
        if 0 < weights[is_lost].sum() < weights.sum():
            draws.append(weights)
    return draws
