"""The churn model sees what members leave in the tables: held to the truth."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from dbt_sample import ROOT

from streaming_analytics.definitions import read_definitions
from streaming_analytics.generator.world.world import World
from streaming_analytics.models.churn.features import read_member_months
from streaming_analytics.models.churn.hazard import fit_baseline, fit_hazard
from streaming_analytics.models.churn.rules import churn_rules
from streaming_analytics.models.churn.trainer import fit_member_months, split
from streaming_analytics.models.training_data import read_training_data
from streaming_analytics.progress import Progress
from streaming_analytics.warehouse.reading import PostgresFitStore

from .conftest import Build
from .recovered import TARGET, Recovered


@dataclass(frozen=True)
class Predicted:
    """Held-out member-months with `score` (log-odds) and `planted` (log hazard).

    Attributes:
        value: Metrics of the evaluation by scorer and name, with their intervals.
        departures: Member-months at whose next bill it was decided to leave.
    """

    value: pd.DataFrame
    departures: pd.DataFrame


@pytest.fixture(scope="module")
def platform(build: Build) -> Recovered:
    """Return a platform whose members watch a tenth of the hours of real ones."""
    world = World(seed=5, start_day=19_723, users=4_000, titles=300, intensity=0.1)
    return build(world, ("fct_churn_features", "util_raw_data"))


@pytest.fixture(scope="module")
def predicted(platform: Recovered) -> Predicted:
    with platform.connection.connect() as session:
        frame = read_member_months(
            read_training_data(PostgresFitStore(session), TARGET)
        )
    rules = churn_rules(read_definitions(ROOT))
    fit = fit_member_months(frame, rules, Progress(io.StringIO()))
    later = split(frame)
    held_out = frame[later].assign(
        score=log_odds(fit_hazard(frame[~later], rules).probabilities(frame[later])),
        plain=log_odds(fit_baseline(frame[~later], rules).probabilities(frame[later])),
    )
    evaluation = fit.tables["churn_evaluation"].set_index(["model_name", "metric_name"])
    return Predicted(evaluation, _with_planted(platform, held_out))


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    return np.log(probabilities / (1 - probabilities))


def _with_planted(platform: Recovered, held_out: pd.DataFrame) -> pd.DataFrame:
    """Add what was planted at the bill in the month after each closing date."""
    departures = platform.truth("departures")
    billed = pd.to_datetime(departures["billed_date"]).dt.to_period("M")
    drivers = [name for name in departures if name.startswith("log_hazard_")]
    users = departures["subscription_id"].astype(str)
    planted = pd.DataFrame(
        {
            # s17-2 is the second subscription of u17.
            "user_id": "u" + users.str.removeprefix("s").str.split("-").str[0],
            "month": billed - 1,
            "planted": departures[drivers].sum(axis=1),
        }
    )
    months = pd.to_datetime(held_out["month_start_date"]).dt.to_period("M")
    return held_out.assign(month=months).merge(planted, on=["user_id", "month"])


def test_forecasts_of_unseen_months_are_better_than_the_plain_rate(
    predicted: Predicted,
) -> None:
    value = predicted.value["metric_value"]
    assert 0.72 < value["model", "auc"] < 0.90
    assert value["model", "auc_gain"] > 0.05
    assert predicted.value.loc[("model", "auc_gain"), "lower_value"] > 0
    assert value["model", "lift_at_10"] > 2
    assert value["model", "brier"] < value["baseline", "brier"]


def test_forecasts_come_true(predicted: Predicted) -> None:
    slope = predicted.value.loc[("model", "calibration_slope")]
    assert slope["lower_value"] < 1 < slope["upper_value"]
    assert 0.85 < slope["metric_value"] < 1.15
    # The level moves from season to season, which two years cannot teach.
    assert (
        0.8
        < predicted.value.loc[("model", "expected_to_observed"), "metric_value"]
        < 1.25
    )


def test_scores_rise_with_the_planted_hazard(predicted: Predicted) -> None:
    """Of members at the bill that decided, whom the model saw a month before."""
    departures = predicted.departures
    assert len(departures) > 300
    ours = departures["score"].corr(departures["planted"])
    plain = departures["plain"].corr(departures["planted"])
    assert ours > 0.35
    assert ours > plain + 0.1
