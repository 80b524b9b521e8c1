"""Ratios of a month that key figures and targets share."""

import pandas as pd

WINDOW_DAYS = 28


def revenue_per_member(month: pd.Series) -> float | None:
    """Return dollars a month for each average member.

    None without members, and without revenue: what nobody delivered payments of did not
    earn nothing.
    """
    return _ratio(month["revenue_usd"] or None, month["average_members"])


def churn(month: pd.Series) -> float | None:
    """Return the share of the opening members who left; None without any."""
    return _ratio(month["cancels"], month["opening_members"])


def stickiness(month: pd.Series) -> float | None:
    """Return mean daily over 28-day active accounts; None without any."""
    users = month["monthly_active_users"]
    return _ratio(month["user_days_in_window"], users * WINDOW_DAYS if users else None)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
