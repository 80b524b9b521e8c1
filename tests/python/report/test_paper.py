"""The report of the sample as PDF: its words, its numbers, and where they come from."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.marts import ALL, Marts, read_marts
from streaming_analytics.report.paper import paper, paper_content
from streaming_analytics.report.questions import QUESTIONS
from streaming_analytics.warehouse.connection import Connection

from .conftest import EMPTY, ONE_REGION, QUIET_MONTH, Changed
from .oracle import Oracle, numbers_in, shown


@pytest.fixture(scope="module")
def oracle(trained: Connection) -> Oracle:
    return Oracle(trained)


@pytest.fixture(scope="module")
def marts(trained: Connection, contract: MartContract) -> Marts:
    return read_marts(trained, contract)


@pytest.fixture(scope="module")
def pages(marts: Marts, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return pages_of(paper(marts), tmp_path_factory.mktemp("report"))


def names(oracle: Oracle) -> list[str]:
    return [
        row["name"]
        for row in oracle.ask("""
            select title as name from mart_core.dim_content
            union all
            select behaviour_name from mart_engagement.agg_engagement_signals
        """)
    ]


def test_its_key_figures_are_those_of_the_marts(marts: Marts, oracle: Oracle) -> None:
    expected = list(oracle.figures(ALL).values())
    figures = paper_content(marts)["figures"]
    assert len(figures) == len(expected)
    for figure, pool in zip(figures, expected, strict=True):
        assert shown(figure["value"].removesuffix(" h")).is_one_of(pool[:1]), figure
        for part in ("change", "before", "detail"):
            for number in numbers_in(figure[part]):
                assert number.is_one_of(pool), figure


def test_every_number_of_its_answers_is_one_of_the_marts(
    marts: Marts, oracle: Oracle
) -> None:
    pools = oracle.pools(ALL)
    # Written out: an interval "widened for twelve months", "two quarters".
    known = names(oracle)
    for question, told in zip(
        QUESTIONS, paper_content(marts)["questions"], strict=True
    ):
        keys = {panel.key for panel in question.panels}
        if any(panel.missing_tables(marts) for panel in question.panels):
            continue
        # The answer to what is watched also tells which genres underperform.
        keys |= {"genres"} if "titles" in keys else set()
        pool = [number for key in keys for number in pools[key]]
        texts = [told["headline"], *told["sentences"], told["action"], told["effect"]]
        texts += [chart[part] for chart in told["charts"] for part in ("title", "note")]
        for text in texts:
            for number in numbers_in(text, but=known):
                assert number.is_one_of(pool), f"{number.text} in {text}"


def test_each_question_has_two_sentences_and_an_action(marts: Marts) -> None:
    told = paper_content(marts)["questions"]
    assert len(told) == len(QUESTIONS) == 7
    for one in told:
        assert len(one["sentences"]) == 2
        assert one["action"].endswith(".")
        assert "nan" not in " ".join(one["sentences"]).lower()


def test_the_column_of_completion_has_its_heading(pages: list[str]) -> None:
    # Page 1 is the summary; the words around the chart have "finish the film".
    assert "finishit" in pages[3]


def test_the_title_of_a_licence_is_named(marts: Marts) -> None:
    told = paper_content(marts)["questions"][2]
    if "cost" in told["effect"]:
        assert "Its " not in told["effect"]
        (renewed,) = re.findall(r"^Renew (.*?), and look", told["action"])
        assert told["effect"].startswith(f"The licences of {renewed} cost ")


def test_a_difference_is_told_with_its_interval(marts: Marts) -> None:
    for one in paper_content(marts)["questions"]:
        for sentence in one["sentences"]:
            if re.search(r"\d points", sentence):
                assert "95% interval" in sentence, sentence


def pages_of(pdf: bytes, folder: Path) -> list[str]:
    """Return the text of each page, in one line."""
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(path), "-"],
        capture_output=True,
        check=True,
    )
    return [squeezed(page) for page in done.stdout.decode().split("\f")[:-1]]


def squeezed(text: str) -> str:
    """Return a text without blanks, which lines break at."""
    return re.sub(r"\s+", "", text)


def test_the_pdf_holds_every_sentence_as_text(marts: Marts, pages: list[str]) -> None:
    content = paper_content(marts)
    summary, *pages = pages
    # A page for each question, none of them spilling over.
    assert len(pages) == len(QUESTIONS)
    for figure in content["figures"]:
        for part in ("label", "value", "change", "before", "detail"):
            assert squeezed(figure[part]) in summary, figure
    assert squeezed(content["growth"]["title"]) in summary
    assert len(content["decisions"]) == 3
    for decision in content["decisions"]:
        assert squeezed(decision["action"] + decision["effect"]) in summary
    for one, page in zip(content["questions"], pages, strict=True):
        for text in (one["question"], one["headline"], one["action"]):
            assert squeezed(text) in page, text
        assert squeezed(" ".join(one["sentences"])) in page
        assert squeezed(one["headline"]) in summary
        for chart in one["charts"]:
            assert squeezed(chart["title"]) in page
            assert squeezed(chart["note"]) in page


def test_the_charts_of_the_pdf_have_searchable_text(
    oracle: Oracle, pages: list[str]
) -> None:
    for name in oracle.regions().values():
        # On two lines beside the chart, so by its last word.
        assert squeezed(name.split()[-1]) in pages[2]
    for row in oracle.tables(ALL)["titles"]:
        assert squeezed(row[0]) in pages[3]


@pytest.mark.parametrize(
    ("name", "statements", "said"),
    [
        ("empty_paper", EMPTY, "Thereisnocompletemonthofdatayet"),
        ("one_region_paper", ONE_REGION, "nootherregiontocompareitwith"),
        ("quiet_month_paper", QUIET_MONTH, "1monthhadnone"),
    ],
)
def test_unusual_platforms_get_a_report_that_says_so(
    changed: Changed,
    contract: MartContract,
    tmp_path: Path,
    name: str,
    statements: str,
    said: str,
) -> None:
    with changed(name, statements) as connection:
        found = read_marts(connection, contract)
    pages = pages_of(paper(found), tmp_path)
    assert len(pages) == 1 + len(QUESTIONS)
    words = "".join(pages)
    assert said in words
    for bad in ("NaN", "nan%", "None", "Infinity"):
        assert bad not in words


def test_the_same_marts_make_the_same_bytes(marts: Marts) -> None:
    assert paper(marts) == paper(marts)


def test_each_action_of_the_sample_has_its_money_or_says_why_not(marts: Marts) -> None:
    effects = [one["effect"] for one in paper_content(marts)["questions"]]
    assert len(effects) == len(QUESTIONS)
    without = [text for text in effects if "$" not in text]
    assert all(text.startswith("Not estimated: ") for text in without)
    assert len(without) < len(effects) - 3


def test_one_revenue_at_risk_is_told_on_a_page(marts: Marts) -> None:
    told = [
        " ".join(
            [*one["sentences"], one["effect"], *(x["note"] for x in one["charts"])]
        )
        for one in paper_content(marts)["questions"]
    ]
    observed = marts["churn_risk"]["mrr_at_risk_usd"].astype(float)
    for usd in (*observed, observed.sum()):
        assert not any(f"${usd:,.0f} " in text for text in told)
