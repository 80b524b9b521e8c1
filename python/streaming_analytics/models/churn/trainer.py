"""Fitting the churn model: judged on the newest months, then learned from all."""

import numpy as np
import pandas as pd

from streaming_analytics.definitions import Definitions
from streaming_analytics.models.churn.evaluation import by_decile, evaluate
from streaming_analytics.models.churn.features import read_member_months
from streaming_analytics.models.churn.hazard import (
    Hazard,
    fit_baseline,
    fit_hazard,
)
from streaming_analytics.models.churn.rules import ChurnRules, churn_rules
from streaming_analytics.models.fits import Fit, UntrainableError
from streaming_analytics.models.training_data import TrainingData
from streaming_analytics.progress import Progress

NAME = "churn"
# A quarter of the months, and at least two, are held out.
HELD_OUT_SHARE = 4
LEAST_MONTHS = 6
LEAST_LOSSES = 30


def fit(data: TrainingData, definitions: Definitions, progress: Progress) -> Fit:
    """Fit and judge the churn model on the marts, by the rules they are built by.

    Raises:
        UntrainableError: There is too little to learn from, or to judge by.
        UserError: A definition is not there, or of another kind.
    """
    progress.update("training churn: reading the member-months")
    rules = churn_rules(definitions)
    return fit_member_months(read_member_months(data), rules, progress)


def fit_member_months(
    member_months: pd.DataFrame, rules: ChurnRules, progress: Progress
) -> Fit:
    """Fit and judge the churn model on member-months (see `read_member_months`).

    Raises:
        UntrainableError: There is too little to learn from, or to judge by.
    """
    is_held_out = split(member_months)
    earlier, later = member_months[~is_held_out], member_months[is_held_out]
    progress.update("training churn: judging it on the newest months")
    is_lost = later["is_lost"].to_numpy()
    scores = {
        "model": fit_hazard(earlier, rules).probabilities(later),
        "baseline": fit_baseline(earlier, rules).probabilities(later),
    }
    evaluation = evaluate(is_lost, later["user_id"].to_numpy(), scores).assign(
        member_months=len(later),
        losses=int(is_lost.sum()),
        held_out_from_date=later["month_start_date"].min(),
        held_out_until_date=later["month_start_date"].max(),
    )
    progress.update("training churn: learning from all months")
    hazard = fit_hazard(member_months, rules)
    return Fit(
        model_name=NAME,
        trained_from_date=member_months["month_start_date"].min(),
        trained_until_date=member_months["closing_date"].max(),
        trained_rows=len(member_months),
        tables={
            "churn_coefficients": hazard.coefficients(),
            "churn_evaluation": evaluation,
            "churn_calibration": by_decile(is_lost, scores),
        },
        summary=_summary(evaluation, hazard),
    )


def split(member_months: pd.DataFrame) -> np.ndarray:
    """Return which member-months are held out: those of the newest months.

    Raises:
        UntrainableError: Too few months, or too few members who were lost or stayed.
    """
    months = np.unique(member_months["month_start_date"].to_numpy())
    if len(months) < LEAST_MONTHS:
        raise UntrainableError(
            f"it needs {LEAST_MONTHS} months of members whose next month is over, and "
            f"there {'is' if len(months) == 1 else 'are'} {len(months)}"
        )
    held_out = max(2, len(months) // HELD_OUT_SHARE)
    is_held_out = member_months["month_start_date"].to_numpy() >= months[-held_out]
    is_lost = member_months["is_lost"].to_numpy()
    # The first fold learns from the first half of the earlier months.
    earlier = months[:-held_out]
    first_half = (
        member_months["month_start_date"].to_numpy() < earlier[len(earlier) // 2]
    )
    for part, where in (
        (first_half, "the first months"),
        (~is_held_out, "the months to learn from"),
        (is_held_out, "the newest months"),
    ):
        losses, stays = int(is_lost[part].sum()), int((~is_lost[part]).sum())
        for count, what in ((losses, "lost"), (stays, "kept")):
            if count < LEAST_LOSSES:
                raise UntrainableError(
                    f"it needs {LEAST_LOSSES} member-months that were {what} in "
                    f"{where}, and there {'is' if count == 1 else 'are'} {count}"
                )
    return is_held_out


def _summary(evaluation: pd.DataFrame, hazard: Hazard) -> str:
    values = evaluation.set_index(["model_name", "metric_name"])["metric_value"]
    first = evaluation.iloc[0]
    return (
        f"AUC {values['model', 'auc']:.3f} on {first['member_months']:,} held-out "
        f"member-months ({values['baseline', 'auc']:.3f} by tenure and plan), "
        f"calibration slope {values['model', 'calibration_slope']:.2f}"
    )
