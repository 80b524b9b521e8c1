"""Seasons of sign-ups, and where the platform is heading."""

from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    growth,
    seasons,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    count,
    listing,
    month_name,
    number,
)


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    months = marts.of_region("growth", ALL)
    if months.empty:
        return Answer(
            (
                "No month is complete yet, so there are no seasons to see.",
                "Growth follows with the first complete month.",
            ),
            "Wait for a complete month.",
        )
    above, below = seasons.clear_seasons(marts, "month")
    return Answer(
        (_season_sentence(marts, above, below), _trajectory(marts)),
        _growth_action(marts, above),
        f"{NOT_ESTIMATED}a season comes by itself; what a campaign adds needs a test.",
    )


def _season_sentence(
    marts: Marts, above: list[seasons.Season], below: list[seasons.Season]
) -> str:
    if not seasons.seasons(marts, "month"):
        return "The data are too short to tell a season of sign-ups from a trend."
    if not above and not below:
        return "No month of the year stands out clearly from the trend of sign-ups."
    season = (above or below)[0]
    told = (
        f"95% interval {number(season.index.lower, 2)} to "
        f"{number(season.index.upper, 2)}, widened for twelve months"
    )
    years = seasons.years_behind(marts)
    caution = " of one year only" if years == 1 else f" over {count(years, 'year')}"
    others = [one.name for one in above[1:]]
    also = f", and {listing(others)} clearly above it too" if others else ""
    low = (
        f"; {listing([one.name for one in below])} clearly below"
        if above and below
        else ""
    )
    return (
        f"{season.name} brings {number(season.index.value, 2)} times the trend's "
        f"sign-ups ({told}){also}{low}, on data{caution}."
    )


def _trajectory(marts: Marts) -> str:
    grown = growth.PANEL.finding(marts, ALL)
    ahead = growth.forecast_at_end(marts, ALL)
    if ahead is None:
        return f"{grown}; there is too little history for a forecast."
    return (
        f"{grown}; the forecast for {month_name(ahead['month_start_date'])} is "
        f"{number(ahead['forecast_members'])} (95% interval "
        f"{number(ahead['forecast_members_lower'])} to "
        f"{number(ahead['forecast_members_upper'])})."
    )


def _growth_action(marts: Marts, above: list[seasons.Season]) -> str:
    if not above:
        plan = "Spread acquisition evenly over the year until a season shows."
    else:
        names = listing([season.name for season in above])
        plan = f"Have campaigns and launches ready before {names}."
        if seasons.years_behind(marts) == 1:
            plan += " Treat it as a bet: one year cannot tell a season from an event."
    ahead = growth.forecast_at_end(marts, ALL)
    if ahead is not None and not growth.is_informed(ahead):
        plan += " Do not plan capacity on the forecast; so far it beats no naive one."
    return plan
