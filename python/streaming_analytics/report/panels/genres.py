"""Genre curation: what is watched of a genre against how it is rated."""

from math import log2
from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import INK, MUTED, PAPER
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels.labels import Point, place_names
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_rows,
    colour_of,
    layered,
    to_rows,
)
from streaming_analytics.report.theme import VERDICTS
from streaming_analytics.report.wording import listing, number

_FIELDS = [
    "genre_name",
    "verdict",
    "titles",
    "weighted_hours",
    "catalogue_share",
    "watched_share",
    "watched_to_catalogue_ratio",
    "completion_rate",
    "shrunk_rating",
    "shrunk_rating_lower",
    "shrunk_rating_upper",
]
UNDECIDED = "undecided"
_NAMED = 3
# Widths of the plot that names are placed for, and the one that parts them.
_WIDE, _NARROW, _BETWEEN = 760, 280, 560
_HEIGHT, _PLOT_HEIGHT, _PADDING = 460, 380, 34
_LEAST = 1 / 64


def platform_rating(marts: Marts) -> float | None:
    """Return the mean of all ratings; None without any."""
    ratings = marts["ratings"]
    if ratings.empty or ratings["mean_rating"].iloc[0] is None:
        return None
    return float(ratings["mean_rating"].iloc[0])


def rated(marts: Marts) -> pd.DataFrame:
    """Return the genres with ratings, the best rated first."""
    genres = marts["genres"]
    if genres.empty:
        return genres
    return (
        genres.dropna(subset=["shrunk_rating", "watched_to_catalogue_ratio"])
        .sort_values(["shrunk_rating", "genre_code"], ascending=[False, True])
        .reset_index(drop=True)
    )


def clearly_above(marts: Marts) -> list[str]:
    """Return the genres whose whole interval lies above the platform's mean."""
    mean = platform_rating(marts)
    known = rated(marts)
    if mean is None or known.empty:
        return []
    return list(known.loc[known["shrunk_rating_lower"] > mean, "genre_name"])


def clearly_below(marts: Marts) -> list[str]:
    """Return the genres whose whole interval lies below the platform's mean."""
    mean = platform_rating(marts)
    known = rated(marts)
    if mean is None or known.empty:
        return []
    below = known.loc[known["shrunk_rating_upper"] < mean, "genre_name"]
    return list(below)[::-1]


def shown_verdict(row: Row, mean: float | None) -> str:
    """Return a genre's verdict; undecided while its rating may be the mean's.

    >>> row = {"verdict": "trim", "shrunk_rating_lower": 3, "shrunk_rating_upper": 4}
    >>> shown_verdict(row, 3.5), shown_verdict(row, 4.5)
    ('undecided', 'trim')
    """
    if mean is None or row["verdict"] not in VERDICTS:
        return UNDECIDED
    is_within = row["shrunk_rating_lower"] <= mean <= row["shrunk_rating_upper"]
    return UNDECIDED if is_within else row["verdict"]


def most_over_watched(marts: Marts) -> pd.Series | None:
    """Return the genre watched most beyond its share of the catalogue."""
    known = rated(marts)
    if known.empty:
        return None
    row = known.loc[known["watched_to_catalogue_ratio"].astype(float).idxmax()]
    return row if row["watched_to_catalogue_ratio"] > 1 else None


def _rows(marts: Marts) -> list[Row]:
    mean = platform_rating(marts)
    rows = to_rows(rated(marts), _FIELDS)
    wide, narrow = _places(rows, _WIDE), _places(rows, _NARROW)
    return [
        row
        | {
            "platform_rating": mean,
            "shown_verdict": shown_verdict(row, mean),
            "place_wide": roomy,
            "place_narrow": tight,
        }
        for row, roomy, tight in zip(rows, wide, narrow, strict=True)
    ]


def _places(rows: list[Row], width: int) -> list[str]:
    """Return where the names go in a plot of `width` pixels."""
    if not rows:
        return []
    across = [log2(max(row["watched_to_catalogue_ratio"], _LEAST)) for row in rows]
    lowest = min(row["shrunk_rating_lower"] for row in rows)
    highest = max(row["shrunk_rating_upper"] for row in rows)
    span, height = max(across) - min(across) or 1, highest - lowest or 1
    inner = width - 2 * _PADDING
    points = [
        Point(
            row["genre_name"],
            _PADDING + (x - min(across)) / span * inner,
            (highest - row["shrunk_rating"]) / height * _PLOT_HEIGHT,
        )
        for row, x in zip(rows, across, strict=True)
    ]
    return place_names(points, width)


def _chart(marts: Marts) -> Any:
    ratio: dict[str, Any] = {
        "scale": alt.Scale(type="log", base=2, nice=False, padding=_PADDING),
        "axis": alt.Axis(
            values=[0.125, 0.25, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 4, 8],
            labelExpr="datum.value == 1 ? 'its share' : "
            "datum.value + '\N{MULTIPLICATION SIGN}'",
            grid=False,
        ),
        "title": "watched, times its share of the catalogue",
    }
    stars: dict[str, Any] = {
        "scale": alt.Scale(zero=False, padding=14),
        "axis": alt.Axis(format=".1f", tickCount=5),
        "title": "rating, stars (shrunk)",
    }
    base = chart_of_rows().encode(
        x=alt.X("watched_to_catalogue_ratio:Q", **ratio),
        color=colour_of(VERDICTS, "shown_verdict"),
        tooltip=[
            alt.Tooltip("genre_name:N", title="Genre"),
            alt.Tooltip("shown_verdict:N", title="Verdict"),
            alt.Tooltip("shrunk_rating:Q", title="Rating", format=".2f"),
            alt.Tooltip(
                "watched_to_catalogue_ratio:Q", title="Times its share", format=".2f"
            ),
            alt.Tooltip("titles:Q", title="Titles"),
        ],
    )
    mean = chart_of_rows().encode(
        y=alt.Y("platform_rating:Q", aggregate="mean", **stars)
    )
    one = (
        chart_of_rows()
        .transform_calculate(one="1")
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(x=alt.X(field="one", aggregate="mean", type="quantitative", **ratio))
    )
    corner: dict[str, Any] = {"fontSize": 11, "fontStyle": "italic", "color": MUTED}
    corners = [
        _nothing()
        .mark_text(
            align="left" if side == 0 else "right",
            baseline="top" if level == 0 else "bottom",
            **corner,
        )
        .encode(
            x=alt.value(4) if side == 0 else alt.value(alt.expr("width - 4")),
            y=alt.value(4) if level == 0 else alt.value(alt.expr("height - 4")),
            text=alt.value(text),
        )
        for side, level, text in (
            (0, 0, "promote: well rated, little watched"),
            (1, 0, "invest"),
            (0, 1, "trim"),
            (1, 1, "improve: watched, less liked"),
        )
    ]
    return layered(
        mean.mark_rule(color=MUTED, strokeDash=[3, 3]),
        one,
        base.mark_rule(strokeWidth=2, opacity=0.25).encode(
            y=alt.Y("shrunk_rating_lower:Q", **stars), y2="shrunk_rating_upper:Q"
        ),
        # Hollow while undecided: only a full point asks for something.
        base.transform_filter(f"datum.shown_verdict === '{UNDECIDED}'")
        .mark_point(fill=PAPER, strokeWidth=2, size=80, opacity=1)
        .encode(y=alt.Y("shrunk_rating:Q", **stars)),
        base.transform_filter(f"datum.shown_verdict !== '{UNDECIDED}'")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(y=alt.Y("shrunk_rating:Q", **stars)),
        *_names(base, stars),
        *corners,
    )


def _names(base: Any, stars: dict[str, Any]) -> list[Any]:
    """Return the names, one layer per side of the points."""
    sides: dict[str, dict[str, Any]] = {
        "right": {"align": "left", "dx": 7},
        "left": {"align": "right", "dx": -7},
        "above": {"align": "center", "dy": -13},
        "below": {"align": "center", "dy": 14},
        "higher": {"align": "center", "dy": -27},
        "lower": {"align": "center", "dy": 28},
    }
    place = f"(width > {_BETWEEN} ? datum.place_wide : datum.place_narrow)"
    return [
        base.transform_filter(f"{place} === '{side}'")
        .mark_text(fontSize=12, **offset, **halo)
        .encode(
            y=alt.Y("shrunk_rating:Q", **stars),
            text="genre_name:N",
            color=alt.value(PAPER if halo else INK),
        )
        for side, offset in sides.items()
        # Below each name its outline in the colour of the paper, where lines cross it.
        for halo in ({"stroke": PAPER, "strokeWidth": 3.5, "strokeOpacity": 0.9}, {})
    ]


def _nothing() -> Any:
    """Return a chart of one row without values, to write on."""
    return alt.Chart(alt.InlineData([{}]))


def _finding(marts: Marts, region: str) -> str:
    known = rated(marts)
    if known.empty:
        return "No genre has ratings and viewing yet"
    above, below = clearly_above(marts), clearly_below(marts)
    watched = most_over_watched(marts)
    parts = []
    if above:
        verb = "is" if len(above) == 1 else "are"
        parts.append(f"{_some(above)} {verb} rated clearly above the mean")
    if below:
        verb = "is" if len(below) == 1 else "are"
        parts.append(f"{_some(below)} {verb} rated clearly below the mean")
    if not parts:
        parts.append("No genre is rated clearly above or below the mean")
    if watched is not None:
        times = number(watched["watched_to_catalogue_ratio"], 1)
        parts.append(
            f"{watched['genre_name']} is watched {times} times its share of the "
            "catalogue"
        )
    return "; ".join(parts)


def _some(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return listing(names)
    return listing([*names[:_NAMED], f"{len(names) - _NAMED} more"])


def _note(marts: Marts, region: str) -> str:
    mean = platform_rating(marts)
    if mean is None:
        return ""
    return (
        f"The dashed lines are the platform's mean of {number(mean, 2)} stars and an "
        "equal share of catalogue and viewing. Bars are 95% intervals; where one "
        "crosses the mean, the genre is undecided and its point hollow."
    )


def _legend(marts: Marts) -> dict[str, str]:
    there = {row["shown_verdict"] for row in _rows(marts)}
    return {name: colour for name, colour in VERDICTS.items() if name in there}


PANEL = Panel(
    key="genres",
    topic="Genre curation",
    queries=("genres", "ratings"),
    region="none",
    subtitle=lambda marts: (
        "Rating in stars (shrunk towards the mean) against hours watched relative to "
        "the genre's share of the catalogue"
    ),
    reading="A point per genre; better rated higher up, more watched to the right.",
    columns=(
        Column("genre_name", "Genre", "text"),
        Column("shown_verdict", "Verdict", "text"),
        Column("titles", "Titles", "integer"),
        Column("weighted_hours", "Hours", "hours"),
        Column("catalogue_share", "Of catalogue", "rate"),
        Column("watched_share", "Of hours", "rate"),
        Column("shrunk_rating", "Rating", "stars"),
        Column("shrunk_rating_lower", "from", "stars"),
        Column("shrunk_rating_upper", "to", "stars"),
        Column("completion_rate", "Completion", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    legend=_legend,
    height=_HEIGHT,
    is_wide=True,
)
