"""A discrete-time hazard: logistic regression on member-months.

The strength of the penalty is chosen, and the scores are calibrated, on months after
those that were learned from: as the model is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from streaming_analytics.models.churn.features import Feature, features_of, matrix
from streaming_analytics.models.churn.rules import ChurnRules

Floats = NDArray[np.float64]

# Inverse strengths of the L2 penalty: from rates that all but agree to no penalty.
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
FOLDS = 3
# Steps of Newton's method to a level, of which each doubles the right digits.
_STEPS = 25
# Newton's method as well: exact where the others stop when they are near.
_SOLVER = "newton-cholesky"


@dataclass(frozen=True)
class Hazard:
    """A fitted model. `pipeline` standardises its inputs, then weighs them."""

    features: list[Feature]
    pipeline: Pipeline
    penalty: float

    def probabilities(self, member_months: pd.DataFrame) -> Floats:
        """Return the probability that each member-month is lost."""
        inputs = matrix(member_months, self.features)
        return self.pipeline.predict_proba(inputs)[:, 1]

    def coefficients(self) -> pd.DataFrame:
        """Return the rows of `ml.churn_coefficients`, the intercept first."""
        scaler, regression = self.pipeline[0], self.pipeline[1]
        intercept = {
            "feature_name": "(intercept)",
            "column_name": "(intercept)",
            "category": None,
            "feature_mean": 0.0,
            "feature_deviation": 1.0,
            "coefficient": float(regression.intercept_[0]),
        }
        rows = [
            {
                "feature_name": feature.name,
                "column_name": feature.column,
                "category": feature.category,
                "feature_mean": float(mean),
                "feature_deviation": float(deviation),
                "coefficient": float(coefficient),
            }
            for feature, mean, deviation, coefficient in zip(
                self.features,
                scaler.mean_,
                scaler.scale_,
                regression.coef_[0],
                strict=True,
            )
        ]
        return pd.DataFrame([intercept, *rows])


@dataclass(frozen=True)
class Baseline:
    """The rate of each tenure band and plan, which leans on the rate of all.

    Attributes:
        band_starts: Full months with which each tenure band begins, ascending.
        rates: Rate by number of the band, from 1, and plan.
        rate: Rate of all, also of groups that were not seen.
    """

    band_starts: tuple[int, ...]
    rates: pd.Series
    rate: float

    def probabilities(self, member_months: pd.DataFrame) -> Floats:
        """Return the rate of each member-month's group."""
        groups = pd.MultiIndex.from_frame(_groups(member_months, self.band_starts))
        return self.rates.reindex(groups).fillna(self.rate).to_numpy()


def fit_hazard(member_months: pd.DataFrame, rules: ChurnRules) -> Hazard:
    """Fit the model; every fold needs both members who were lost and who were not.

    Args:
        member_months: As `read_member_months` returns them, of several months.
        rules: Which of their columns are read.
    """
    features = features_of(member_months, rules)
    inputs = matrix(member_months, features)
    is_lost = member_months["is_lost"].to_numpy()
    folds = list(_folds(member_months["month_start_date"].to_numpy()))

    def scores_ahead(penalty: float) -> Floats:
        """Return log-odds of later months, fold after fold."""
        return np.concatenate(
            [
                _pipeline(penalty)
                .fit(inputs[before], is_lost[before])
                .decision_function(inputs[after])
                for before, after in folds
            ]
        )

    truth = np.concatenate([is_lost[after] for _, after in folds])
    ahead = {penalty: scores_ahead(penalty) for penalty in PENALTIES}
    penalty = min(
        PENALTIES, key=lambda each: log_loss(truth, 1 / (1 + np.exp(-ahead[each])))
    )
    pipeline = _pipeline(penalty).fit(inputs, is_lost)
    _calibrate(pipeline, inputs, is_lost, calibration(ahead[penalty], truth)[0])
    return Hazard(features, pipeline, penalty)


def fit_baseline(member_months: pd.DataFrame, rules: ChurnRules) -> Baseline:
    """Return the rates by tenure band and plan."""
    rate = float(member_months["is_lost"].mean())
    prior = rules.prior_months
    groups = _groups(member_months, rules.band_starts)
    groups = groups.assign(is_lost=member_months["is_lost"])
    totals = groups.groupby(["band", "plan_code"])["is_lost"].agg(["sum", "count"])
    rates = (totals["sum"] + prior * rate) / (totals["count"] + prior)
    return Baseline(rules.band_starts, rates, rate)


def calibration(scores: Floats, is_lost: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and intercept of the log-odds of a loss on those predicted.

    1 and 0 are perfect; a slope below 1 means that forecasts are too extreme (Cox
    1958, Two further applications of a model for binary regression).
    """
    line = LogisticRegression(C=np.inf, solver=_SOLVER).fit(scores[:, None], is_lost)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _calibrate(
    pipeline: Pipeline, inputs: Floats, is_lost: NDArray[np.bool_], slope: float
) -> None:
    """Stretch the log-odds by a slope, at the level of what was learned from.

    A line through log-odds leaves a logistic regression what it is (Platt scaling). The
    level is that of all months, since it moves from month to month in both directions.
    """
    regression = pipeline[1]
    regression.coef_ = regression.coef_ * slope
    regression.intercept_ = np.zeros(1)
    scores = pipeline.decision_function(inputs)
    level = 0.0
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(-(scores + level)))
        level += (is_lost - expected).sum() / (expected * (1 - expected)).sum()
    regression.intercept_ = np.array([level])


def _pipeline(penalty: float) -> Pipeline:
    return make_pipeline(
        StandardScaler(), LogisticRegression(C=penalty, solver=_SOLVER)
    )


def _folds(
    months: NDArray[np.object_],
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield masks of earlier months and of the block of months after them.

    The first half of the months is always learned from; the rest is predicted in turn.
    """
    distinct = np.unique(months)
    blocks = np.array_split(distinct[len(distinct) // 2 :], FOLDS)
    for block in blocks:
        if len(block):
            yield months < block[0], (months >= block[0]) & (months <= block[-1])


def _groups(member_months: pd.DataFrame, band_starts: tuple[int, ...]) -> pd.DataFrame:
    band = np.searchsorted(
        band_starts, member_months["tenure_months"].to_numpy(), side="right"
    )
    return pd.DataFrame(
        {"band": band, "plan_code": member_months["plan_code"]},
        index=member_months.index,
    )
