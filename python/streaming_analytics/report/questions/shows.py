"""Which shows are watched and finished, and which genres rate low."""

import pandas as pd

from streaming_analytics.report.intervals import Estimate, share_difference
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    genres,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    count,
    interval_points,
    listing,
    number,
    percent,
    points,
    usd,
)


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    top = marts.of_region("titles", ALL)
    if top.empty:
        return Answer(
            (
                "Nobody watched anything yet.",
                "Completion and ratings follow with the first plays.",
            ),
            "Wait for the first plays.",
        )
    first = top.iloc[0]
    drew = (
        f"{count(len(top), 'title')} drew "
        f"{percent(float(top['watched_share'].sum()))} of "
        f"all hours, {first['title']} alone {percent(first['watched_share'])} (counts, "
        "without sampling error)"
    )
    ahead = _ahead_of_peers(top)
    if ahead is None:
        completed = "none of them is finished clearly more often than its peers"
    else:
        row, difference = ahead
        told = interval_points(difference.lower, difference.upper, 0)
        completed = (
            f"{row['title']} is finished by "
            f"{percent(row['completers'] / row['starters'])} "
            f"of its starters, {points(difference.value, 0)} on its peers ({told})"
        )
    return Answer(
        (f"{drew}; {completed}.", _underrated(marts)),
        _shows_action(marts, ahead),
        _licence_cost(ahead),
    )


def _licence_cost(ahead: tuple[pd.Series, Estimate] | None) -> str:
    """Say what the title to renew has cost; what it earns nobody can tell."""
    if ahead is None:
        return f"{NOT_ESTIMATED}what a place on the page earns needs a test."
    cost = ahead[0]["licence_cost_usd"]
    if not cost:
        return f"{NOT_ESTIMATED}no licence cost of the title is known."
    per_hour = usd(float(cost) / float(ahead[0]["watched_hours"]), 2)
    # By name: the sentence before it may speak of genres.
    title = ahead[0]["title"]
    return (
        f"The licences of {title} cost {usd(cost)} so far, {per_hour} for an hour "
        "watched."
    )


def _ahead_of_peers(top: pd.DataFrame) -> tuple[pd.Series, Estimate] | None:
    """Return the title furthest above titles of like length, if any clearly is."""
    best = None
    for _, row in top.iterrows():
        difference = share_difference(
            row["completers"],
            row["starters"],
            row["peer_completers"] or 0,
            row["peer_starters"] or 0,
            comparisons=len(top),
        )
        is_ahead = difference is not None and difference.lower > 0
        if is_ahead and (best is None or difference.value > best[1].value):
            best = (row, difference)
    return best


def _underrated(marts: Marts) -> str:
    mean, below = genres.platform_rating(marts), genres.clearly_below(marts)
    if mean is None:
        return "Nobody has rated anything yet."
    if not below:
        return (
            "No genre is rated clearly below the platform's mean of "
            f"{number(mean, 2)} stars."
        )
    known = genres.rated(marts).set_index("genre_name")
    told = [
        f"{name} ({number(known.loc[name, 'shrunk_rating'], 2)} stars, 95% interval "
        f"{number(known.loc[name, 'shrunk_rating_lower'], 2)} to "
        f"{number(known.loc[name, 'shrunk_rating_upper'], 2)})"
        for name in below
    ]
    verb = "underperforms" if len(below) == 1 else "underperform"
    return f"{listing(told)} {verb} the mean rating of {number(mean, 2)} stars."


def _shows_action(marts: Marts, ahead: tuple[pd.Series, Estimate] | None) -> str:
    below = genres.clearly_below(marts)
    parts = []
    if ahead is not None:
        parts.append(
            f"Renew {ahead[0]['title']}, and look for more that is finished like it."
        )
    else:
        parts.append(
            "Choose what to place prominently by hours; completion does not tell."
        )
    if below:
        parts.append(
            f"Review the next acquisitions in {listing([n.lower() for n in below])}."
        )
    return " ".join(parts)
