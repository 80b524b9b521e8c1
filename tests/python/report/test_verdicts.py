"""One answer to each question, wherever it is told."""

from typing import Any

import pytest
from notebook_runs import figures

from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.dashboard import page_content
from streaming_analytics.report.marts import ALL, read_marts
from streaming_analytics.report.paper import paper_content
from streaming_analytics.warehouse.connection import Connection

from .verdicts import (
    GENRES,
    LISTS,
    PLANS,
    REGIONS,
    RISK,
    SEASONS,
    contradictions,
    verdicts,
)

Texts = dict[str, list[str]]


def told_by(
    connection: Connection, contract: MartContract, notebooks: dict[str, Any]
) -> Texts:
    """Return what each place says of one build, by sentence."""
    marts = read_marts(connection, contract)
    page, paper = page_content(marts), paper_content(marts)
    report = []
    for one in paper["questions"]:
        report += [one["headline"], *one["sentences"], one["action"]]
        report += [chart["title"] for chart in one["charts"]]
    return {
        "dashboard": [
            panel["findings"][ALL]
            for section in page["sections"]
            for panel in section["panels"]
        ],
        "report": report,
        "notebooks": [title for one in notebooks.values() for title in figures(one)],
    }


@pytest.fixture(scope="module")
def texts(
    trained: Connection,
    contract: MartContract,
    notebooks: dict[str, Any],
    trained_notebooks: dict[str, Any],
) -> Texts:
    """Return what is said after a training."""
    return told_by(trained, contract, notebooks | trained_notebooks)


def test_no_two_places_contradict(texts: Texts) -> None:
    assert contradictions(texts) == []


def test_every_question_is_answered_in_more_than_one_place(texts: Texts) -> None:
    places = {
        question: {verdict.place for verdict in found}
        for question, found in verdicts(texts).items()
    }
    everywhere = {"dashboard", "report", "notebooks"}
    for question in (RISK, REGIONS, PLANS, LISTS):
        assert places[question] == everywhere, question
    for question in (GENRES, SEASONS):
        assert places[question] == {"dashboard", "report"}, question


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            RISK,
            "Latin America carries more churn risk than the rest",
            "Standardised for tenure and plan, the regions' churn does not differ",
        ),
        (
            RISK,
            "Europe loses more members than Asia also standardised for plan",
            "No clear difference in churn risk between the regions, standardised",
        ),
        (
            REGIONS,
            "A year's survival clearly differs by region and channel",
            "46% outlive 12 months, with no clear difference between regions",
        ),
        (
            REGIONS,
            "61% of subscription periods outlive 12 months in Asia, 40% in Europe",
            "A year's survival clearly differs by plan",
        ),
        (
            PLANS,
            "Gold lasts: 60% outlive 12 months, against 30% on Basic",
            "No grouping clearly tells who stays a year",
        ),
        (
            LISTS,
            "What is popular predicts choices better than the lists do",
            "Recommendations predict choices 12% better than popularity does",
        ),
        (
            GENRES,
            "Crime is rated clearly above the mean",
            "Drama is rated highest, 3.61 stars, not clearly different from the mean",
        ),
        (
            SEASONS,
            "December brings clearly more sign-ups than the trend",
            "No month of the year stands out clearly from the trend of sign-ups",
        ),
    ],
)
def test_a_contradiction_is_seen(question: str, one: str, other: str) -> None:
    told = contradictions({"dashboard": [one], "notebooks": [other]})
    assert any(line.startswith(question) for line in told)
    assert contradictions({"dashboard": [one], "notebooks": [one]}) == []
