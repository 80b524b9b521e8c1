"""The definitions' published examples, and other people's code for the curves."""

from datetime import date
from fractions import Fraction

import pytest
from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import proportion_confint

from .churn import kaplan_meier, tenures_by_segment
from .content import effective_catalogue_size, gini
from .numbers import wilson
from .raw import Raw


def test_effective_catalogue_size_of_published_examples() -> None:
    assert float(effective_catalogue_size([10, 6, 3]) or 0) == pytest.approx(
        2.263, abs=5e-4
    )
    assert effective_catalogue_size([7] * 40) == 40
    assert effective_catalogue_size([5]) == 1
    assert effective_catalogue_size([0, 0, 5]) == 1


def test_gini_of_even_and_of_one_sided_watching() -> None:
    assert gini([3, 3, 3, 3]) == 0
    assert gini([0, 0, 0, 8]) == Fraction(3, 4)


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (1, 10), (5, 100), (9, 9)])
def test_wilson_is_that_of_statsmodels(successes: int, trials: int) -> None:
    theirs = proportion_confint(successes, trials, alpha=0.05, method="wilson")
    assert wilson(successes, trials) == pytest.approx(theirs, abs=1e-7)


def test_survival_is_that_of_lifelines(raw: Raw) -> None:
    segments = tenures_by_segment(raw)
    assert len(segments) > 15
    for tenures in segments.values():
        fitter = KaplanMeierFitter().fit(
            [tenure for tenure, _ in tenures], [ended for _, ended in tenures]
        )
        for row in kaplan_meier(tenures):
            month = row["tenure_month"]
            assert float(row["survival_rate"]) == pytest.approx(
                float(fitter.predict(month)), abs=1e-6
            )
            if row["survival_rate"] > 0:
                lower, upper = fitter.confidence_interval_survival_function_.loc[
                    :month
                ].iloc[-1]
                assert row["survival_rate_lower"] == pytest.approx(lower, abs=1e-6)
                assert row["survival_rate_upper"] == pytest.approx(upper, abs=1e-6)


def test_the_sample_ends_on_the_last_day_of_2025(raw: Raw) -> None:
    assert raw.as_of == date(2025, 12, 31)
