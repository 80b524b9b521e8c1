"""Ratios of a month say nothing where nothing is known."""

import pandas as pd
import pytest

from streaming_analytics.report.measures import revenue_per_member


@pytest.mark.parametrize(
    ("revenue", "members", "told"),
    [(55.0, 10.0, 5.5), (0.0, 10.0, None), (55.0, 0.0, None), (None, None, None)],
)
def test_members_whose_payments_nobody_delivered_do_not_earn_nothing(
    revenue: float | None, members: float | None, told: float | None
) -> None:
    month = pd.Series({"revenue_usd": revenue, "average_members": members})
    assert revenue_per_member(month) == told
