"""What SQL makes of a fit is what scikit-learn and numpy make of it."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from dbt_sample import ROOT

from streaming_analytics.definitions import read_definitions
from streaming_analytics.models.churn.features import features_of, matrix
from streaming_analytics.models.churn.hazard import fit_baseline, fit_hazard
from streaming_analytics.models.churn.trainer import split

from .conftest import RULES, Trained
from .scoring import TODAY, assert_sql_is_scikit_learn


@pytest.fixture(scope="module")
def risk(trained: Trained) -> pd.DataFrame:
    return trained.read("select * from {mart_churn}.dim_user_churn_risk").set_index(
        "user_id"
    )


@pytest.fixture(scope="module")
def held_out(trained: Trained) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return what came of the held-out member-months, and what was predicted."""
    frame = trained.member_months
    later = split(frame)
    return frame["is_lost"].to_numpy()[later], {
        "model": fit_hazard(frame[~later], RULES).probabilities(frame[later]),
        "baseline": fit_baseline(frame[~later], RULES).probabilities(frame[later]),
    }


def test_sql_probabilities_are_those_of_scikit_learn(trained: Trained) -> None:
    assert_sql_is_scikit_learn(trained.read, trained.member_months, RULES)


def test_drivers_are_what_adds_most_and_the_action_answers_the_first(
    trained: Trained, risk: pd.DataFrame
) -> None:
    today = trained.read(TODAY)
    hazard = fit_hazard(trained.member_months, RULES)
    inputs = matrix(trained.member_months, hazard.features)
    deviations = inputs.std(axis=0)
    effects = pd.DataFrame(
        (matrix(today, hazard.features) - inputs.mean(axis=0))
        / np.where(deviations == 0, 1, deviations)
        * hazard.pipeline[1].coef_[0],
        index=today["user_id"],
        columns=[feature.column for feature in hazard.features],
    )
    definitions = read_definitions(ROOT)
    driver_of = {
        row["column"]: row["driver"] for row in definitions.variables["churn_features"]
    }
    words = {row["driver_code"]: row for row in definitions.seed("churn_drivers")}
    by_driver = effects.T.groupby(driver_of).sum().T
    found = {"raised": 0, "other": 0}
    for user, row in by_driver.iterrows():
        raising = row[row > 0].sort_values(ascending=False)
        names = [words[code]["driver_name"] for code in raising.index[:3]]
        actual = risk.loc[user]
        columns = ["first_driver", "second_driver", "third_driver"]
        assert list(actual[columns].dropna()) == names
        code = raising.index[0] if row.sum() > 0 else "none"
        assert actual["suggested_action"] == words[code]["suggested_action"]
        found["raised" if row.sum() > 0 else "other"] += 1
    assert min(found.values()) > 50


def test_the_fit_knows_every_category_and_is_the_newest_run(trained: Trained) -> None:
    rows = trained.read("select * from ml.churn_coefficients")
    features = features_of(trained.member_months, RULES)
    assert set(rows["feature_name"]) == {"(intercept)", *(f.name for f in features)}
    (run,) = trained.read("select * from ml.runs").to_dict("records")
    assert (run["model_name"], run["raw_data"]) == ("churn", "sample")
    assert run["trained_rows"] == len(trained.member_months)
    # The last month predicted is over by the last day of the data.
    assert run["trained_until_date"] < run["as_of_date"].replace(day=1)


def pairs_won(is_lost: np.ndarray, scores: np.ndarray) -> float:
    """Return how often a lost member scores above a kept one; ties count half."""
    difference = scores[is_lost][:, None] - scores[~is_lost][None, :]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def precision_over_recall(is_lost: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean precision at the scores of the lost, from the definition."""
    return float(
        np.mean([is_lost[scores >= score].mean() for score in scores[is_lost]])
    )


def lift(is_lost: np.ndarray, scores: np.ndarray) -> float:
    """Return the rate of the top decile over that of all, ties in proportion."""
    wanted = len(scores) / 10
    total = 0.0
    for score in sorted(set(scores), reverse=True):
        tied = scores == score
        taken = min(wanted, tied.sum())
        total += is_lost[tied].mean() * taken
        wanted -= taken
        if wanted <= 0:
            break
    return total / (len(scores) / 10) / is_lost.mean()


def test_the_evaluation_is_what_the_definitions_say(
    trained: Trained, held_out: tuple[np.ndarray, dict[str, np.ndarray]]
) -> None:
    is_lost, scores = held_out
    rows = trained.read("select * from {mart_churn}.agg_churn_model_evaluation")
    value = rows.set_index(["model_name", "metric_name"])["metric_value"]
    for name, probabilities in scores.items():
        design = sm.add_constant(np.log(probabilities / (1 - probabilities)))
        expected = {
            "auc": pairs_won(is_lost, probabilities),
            "average_precision": precision_over_recall(is_lost, probabilities),
            "brier": np.mean((probabilities - is_lost) ** 2),
            "lift_at_10": lift(is_lost, probabilities),
            "calibration_slope": sm.Logit(is_lost, design).fit(disp=0).params[1],
            "expected_to_observed": probabilities.sum() / is_lost.sum(),
        }
        for metric, wanted in expected.items():
            assert value[name, metric] == pytest.approx(wanted, abs=2e-6), metric
    gain = value["model", "auc"] - value["baseline", "auc"]
    assert value["model", "auc_gain"] == pytest.approx(gain, abs=2e-6)
    assert (rows["lower_value"] < rows["metric_value"]).all()
    assert (rows["metric_value"] < rows["upper_value"]).all()
    assert set(rows["member_months"]) == {len(is_lost)}
    assert set(rows["losses"]) == {is_lost.sum()}


def test_deciles_hold_every_held_out_member_month(
    trained: Trained, held_out: tuple[np.ndarray, dict[str, np.ndarray]]
) -> None:
    is_lost, scores = held_out
    table = trained.read("select * from {mart_churn}.agg_churn_model_calibration")
    for name, probabilities in scores.items():
        rows = table[table["model_name"] == name].set_index("risk_decile")
        below = np.array([(probabilities < own).sum() for own in probabilities])
        decile = below * 10 // len(probabilities) + 1
        assert set(rows.index) == set(decile)
        for number, row in rows.iterrows():
            own = decile == number
            assert row["member_months"] == own.sum()
            assert row["losses"] == is_lost[own].sum()
            assert row["expected_losses"] == pytest.approx(probabilities[own].sum())
