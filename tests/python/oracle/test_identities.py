"""What must hold between published numbers, and between the marts' own."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import exp, log
from typing import Any

import pytest
from dbt_sample import Built
from psycopg.rows import dict_row
from scipy.optimize import minimize

from .numbers import ratio, rounded

Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module")
def ask(built: Built) -> Ask:
    """Return a function that asks the built sample."""

    def answer(query: str) -> Rows:
        with built.connection.connect() as session:
            return (
                session.cursor(row_factory=dict_row).execute(query.encode()).fetchall()
            )

    return answer


# Netflix's most popular list: hours in the first 91 days, runtime, views.
@pytest.mark.parametrize(
    ("hours", "hours_long", "minutes_long", "views"),
    [
        (2_205_200_000, 8, 19, 265_200_000),
        (1_718_800_000, 6, 49, 252_100_000),
        (1_838_000_000, 13, 4, 140_700_000),
        (454_200_000, 1, 58, 230_900_000),
    ],
)
def test_views_are_those_that_netflix_publishes(
    ask: Ask, hours: int, hours_long: int, minutes_long: int, views: int
) -> None:
    runtime = 3600 * hours_long + 60 * minutes_long
    assert rounded(Fraction(hours * 3600, runtime), -5) == views
    # The marts divide the same way, and leave the rounding to who publishes.
    for row in ask(
        "select watched_seconds, runtime_seconds, views"
        " from dev_mart_content.agg_content_performance where views is not null"
    ):
        assert row["views"] == ratio(row["watched_seconds"], row["runtime_seconds"], 4)


def growth(ask: Ask) -> dict[str, Rows]:
    """Return the months of each region in order."""
    rows = ask(
        "select * from dev_mart_acquisition.agg_platform_growth_by_month"
        " order by region_code, month_start_date"
    )
    assert len(rows) >= 4 * 24
    return {
        region: [row for row in rows if row["region_code"] == region]
        for region in {row["region_code"] for row in rows}
    }


def test_members_add_up_over_months_and_quarters(ask: Ask) -> None:
    for months in growth(ask).values():
        for before, month in pairwise(months):
            assert month["opening_members"] == before["closing_members"]
        for month in months:
            assert month["net_adds"] == month["gross_adds"] - month["cancels"]
        for first in range(0, len(months) - 2, 3):
            quarter = months[first : first + 3]
            assert quarter[-1]["closing_members"] == quarter[0][
                "opening_members"
            ] + sum(month["net_adds"] for month in quarter)


def test_average_revenue_is_over_the_mean_of_start_and_end(ask: Ask) -> None:
    for months in growth(ask).values():
        for month in months:
            average = Fraction(month["opening_members"] + month["closing_members"], 2)
            assert month["average_members"] == average
            assert month["arm_usd"] == ratio(month["revenue_usd"], average, 4)


def test_movements_add_up_to_the_change_of_revenue(ask: Ask) -> None:
    movements = " + ".join(
        f"sum({kind}_mrr_usd)"
        for kind in (
            *("new", "reactivation", "expansion", "contraction"),
            *("price_change", "rate"),
        )
    )
    for group in ("month_start_date", "region_code, month_start_date"):
        rows = ask(
            f"select sum(closing_mrr_usd) - sum(opening_mrr_usd) as change,"
            f" {movements} + sum(churn_mrr_usd) as movements"
            f" from dev_mart_churn.agg_mrr_movements_by_month group by {group}"
        )
        assert len(rows) >= 24
        assert all(row["change"] == row["movements"] for row in rows)


def survivors(alpha: float, beta: float, months: int) -> list[float]:
    """Return the shares that survive 1, 2, … months, each leaving at an own rate.

    The shifted beta-geometric of Fader & Hardie (2007): rates are beta distributed.
    """
    left, found = 1.0, []
    for month in range(1, months + 1):
        left *= (beta + month - 1) / (alpha + beta + month - 1)
        found.append(left)
    return found


def test_the_published_beta_geometric_is_found() -> None:
    """The survivors, parameters and next five years are those of Fader & Hardie."""
    seen = [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]

    def misfit(logs: tuple[float, float]) -> float:
        curve = [1.0, *survivors(exp(logs[0]), exp(logs[1]), len(seen))]
        ends = [a - b for a, b in pairwise([1.0, *seen])]
        gone = sum(
            share * log(a - b)
            for share, (a, b) in zip(ends, pairwise(curve), strict=True)
        )
        return -gone - seen[-1] * log(curve[-1])

    alpha, beta = map(exp, minimize(misfit, (0.0, 0.0), method="Nelder-Mead").x)
    assert alpha == pytest.approx(0.6681, abs=2e-3)
    assert beta == pytest.approx(3.8059, abs=1e-2)
    assert survivors(alpha, beta, 12)[7:] == pytest.approx(
        [0.4604, 0.4358, 0.4142, 0.3951, 0.3780], abs=5e-4
    )
