"""Data with nothing to learn from: said in one line, and the fit before stays."""

from collections.abc import Callable
from datetime import date
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from streaming_analytics.models.churn.rules import ChurnRules
from streaming_analytics.models.churn.trainer import fit_member_months
from streaming_analytics.models.fits import Fit, UntrainableError
from streaming_analytics.models.training import describe_training
from streaming_analytics.progress import Progress
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

from .conftest import train_churn

RULES = ChurnRules(
    numbers=("log_tenure_months", "log_recent_hours", "is_returned", "has_price_rise"),
    categories=("plan_code", "region_code", "channel_code"),
    band_starts=(0, 3, 6, 12),
    prior_months=20,
)


def member_months(
    members: int = 200, months: int = 12, loss_rate: float = 0.3, regions: int = 3
) -> pd.DataFrame:
    """Return made-up member-months in which little viewing goes with being lost."""
    rng = np.random.default_rng(5)
    count = members * months
    hours = rng.normal(size=count)
    month = np.repeat(np.arange(months), members)
    starts = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(months)]
    return pd.DataFrame(
        {
            "user_id": np.tile([f"u{n}" for n in range(members)], months),
            "month_start_date": [starts[m] for m in month],
            "closing_date": [starts[m].replace(day=28) for m in month],
            "plan_code": rng.choice(["basic", "premium"], count),
            "region_code": rng.choice(["EMEA", "APAC", "UCAN"][:regions], count),
            "channel_code": rng.choice(["search", "social"], count),
            "tenure_months": month,
            "log_tenure_months": np.log1p(month),
            "log_recent_hours": hours,
            "is_returned": rng.random(count) < 0.1,
            "has_price_rise": False,
            "is_lost": rng.random(count) < loss_rate * np.exp(-hours) / 2,
        }
    )


def fit(frame: pd.DataFrame) -> Fit:
    return fit_member_months(frame, RULES, Progress(StringIO()))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (member_months(months=5), "it needs 6 months .* there are 5"),
        (member_months().head(0), "it needs 6 months .* there are 0"),
        (member_months(loss_rate=0.0), "30 member-months that were lost .* are 0"),
        (member_months().assign(is_lost=True), "that were kept in .* are 0"),
        (member_months(members=1), "30 member-months that were lost"),
    ],
    ids=["few months", "no member", "nobody left", "everybody left", "one user"],
)
def test_the_reason_is_one_line(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(UntrainableError, match=message) as error:
        fit(frame)

    assert "\n" not in str(error.value)


def test_one_region_and_a_flag_that_is_never_set_weigh_nothing() -> None:
    fitted = fit(member_months(regions=1))

    rows = fitted.tables["churn_coefficients"].set_index("feature_name")
    assert rows.loc["region_code=EMEA", "coefficient"] == 0
    assert rows.loc["has_price_rise", "coefficient"] == 0
    assert np.isfinite(rows[["feature_mean", "feature_deviation"]].to_numpy()).all()
    assert rows.loc["log_recent_hours", "coefficient"] < -0.5


def test_what_goes_with_leaving_is_found_and_forecasts_come_true() -> None:
    evaluation = fit(member_months(members=600)).tables["churn_evaluation"]

    value = evaluation.set_index(["model_name", "metric_name"])["metric_value"]
    assert value["model", "auc"] > 0.7
    assert value["model", "auc_gain"] > 0.15
    assert value["model", "lift_at_10"] > 2
    assert value["model", "calibration_slope"] == pytest.approx(1, abs=0.2)
    assert value["model", "expected_to_observed"] == pytest.approx(1, abs=0.1)


def test_nobody_left_yet_keeps_the_fit_before(
    copy_of_sample: Callable[[], Connection],
) -> None:
    connection = copy_of_sample()
    assert train_churn(connection).run_id == 1
    with connection.connect() as session:
        session.execute(
            """
            update dev_mart_churn.fct_churn_features
            set is_lost_next_month = false
            where is_lost_next_month
            """
        )

    second = train_churn(connection)

    assert second.run_id is None
    assert describe_training(second).startswith("churn was not trained: it needs 30")
    with connection.connect() as session:
        for table in ("runs", "churn_coefficients", "churn_evaluation"):
            runs = session.execute(
                trusted(f"select distinct run_id from ml.{table}")
            ).fetchall()
            assert runs == [(1,)]
