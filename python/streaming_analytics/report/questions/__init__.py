"""The business questions, each with an answer in two sentences and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels import (
    churn_risk,
    genres,
    growth,
    recommender,
    retention,
    risk_drivers,
    seasons,
    signals,
    signups,
    survival,
    titles,
    watch_time,
)
from streaming_analytics.report.panels.panel import Panel
from streaming_analytics.report.questions import (
    cohorts,
    curation,
    recommendations,
    regions,
    shows,
    trajectory,
    watching,
)
from streaming_analytics.report.questions.answer import Answer


@dataclass(frozen=True)
class Question:
    """A business question, the charts that bear on it and its answer."""

    text: str
    panels: tuple[Panel, ...]
    answer: Callable[[Marts], Answer]


def unanswered(question: Question, marts: Marts) -> Answer | None:
    """Return what to say when the marts hold nothing on it; None when they do."""
    missing = sorted({t for p in question.panels for t in p.missing_tables(marts)})
    if missing:
        return Answer(
            (
                f"Not published: {', '.join(missing)}.",
                "There is nothing to answer with.",
            ),
            "Run the whole build, so that these tables are published.",
        )
    return None


def decisions(answers: Sequence[Answer], most: int = 3) -> list[int]:
    """Return the places of the answers to act upon first: what is worth most.

    Where no worth is known, in the order of the questions.
    """
    places = range(len(answers))
    return sorted(places, key=lambda at: -(answers[at].worth_usd or 0))[:most]


QUESTIONS = (
    Question(
        "How does total watch time vary across users, and what viewing behaviour "
        "signals low "
        "or high engagement?",
        (watch_time.PANEL, signals.PANEL),
        watching.answer,
    ),
    Question(
        "Which regions show higher churn risk, and how should retention strategy "
        "differ by "
        "geography?",
        (churn_risk.PANEL, risk_drivers.PANEL),
        regions.answer,
    ),
    Question(
        "Which shows drive the most total watch time and completion? Which genres "
        "underperform in ratings?",
        (titles.PANEL,),
        shows.answer,
    ),
    Question(
        "Are there seasonal patterns in sign-ups? What is the trajectory of platform "
        "growth?",
        (signups.PANEL, seasons.PANEL, growth.PANEL),
        trajectory.answer,
    ),
    Question(
        "Which genres receive the highest average ratings, and how does this influence "
        "curation?",
        (genres.PANEL,),
        curation.answer,
    ),
    Question(
        "How do cohorts retain over time, by region and plan?",
        (retention.PANEL, survival.PANEL),
        cohorts.answer,
    ),
    Question(
        "What should each user watch next, and how good are those recommendations?",
        (recommender.PANEL,),
        recommendations.answer,
    ),
)
