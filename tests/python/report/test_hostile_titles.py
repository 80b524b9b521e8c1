"""Titles that break pages and drawings: on the dashboard, on paper, in a notebook."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import address_of, browser
from dbt_sample import ROOT, copied

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.notebooks.page import notebook_page
from streaming_analytics.notebooks.running import errors_told, run_all
from streaming_analytics.report.dashboard import dashboard
from streaming_analytics.report.drawing import runtime
from streaming_analytics.report.marts import read_marts
from streaming_analytics.report.paper import paper
from streaming_analytics.shown_text import shown_text
from streaming_analytics.warehouse.connection import Connection

TITLES = (
    "<!-- <script>",
    "</script><b>bold</b>",
    "one\u0001two\u009fthree",
    "endless" * 700,
    "cut \U0001f468\u200d",
    "\u202eturned \u05e2\u05d1\u05e8\u05d9\u05ea",
    "two\nlines\u2028three",
    '=HYPERLINK("http://example.com","x")',
)


#: The most watched titles get these, wherever a mart has them.
RENAME = """
    create temporary table renamed on commit drop as
    select content_id, texts.title
    from unnest(%(titles)s::text[]) with ordinality as texts (title, place)
    inner join (
        select
            content_id,
            row_number() over (order by sum(watched_seconds) desc, content_id) as place
        from mart_core.fct_content_viewers
        group by content_id
    ) as ranked using (place)
"""
REPLACE = """
    update mart_core.dim_content as mart
    set title = renamed.title, title_label = renamed.title
    from renamed where mart.content_id = renamed.content_id;
    update mart_content.agg_content_performance as mart
    set title = renamed.title, title_label = renamed.title
    from renamed where mart.content_id = renamed.content_id;
"""


@pytest.fixture(scope="module")
def hostile(trained: Connection) -> Iterator[Connection]:
    """Yield marts whose most watched titles are such."""
    with copied(trained, "hostile") as connection:
        with connection.connect() as session:
            session.execute(RENAME, {"titles": list(TITLES)})
            session.execute(REPLACE)
        yield connection


def test_the_dashboard_shows_them(
    hostile: Connection, contract: MartContract, tmp_path: Path
) -> None:
    path = tmp_path / "dashboard.html"
    marts = read_marts(hostile, contract)
    path.write_text(dashboard(marts, lambda: runtime(ROOT / "target")), "utf-8")
    with browser() as chromium:
        page = chromium.page(1280, 900).open(
            address_of(path), "document.documentElement.dataset.region"
        )
        assert page.problems == []
        cells = page.evaluate(
            "[...document.querySelectorAll('#titles tbody td')].map(c => c.textContent)"
        )
    for title in TITLES:
        assert any(shown_text(title) in cell for cell in cells), title


def test_the_report_is_made(hostile: Connection, contract: MartContract) -> None:
    assert paper(read_marts(hostile, contract)).startswith(b"%PDF")


def test_a_notebook_runs_and_its_page_is_whole(hostile: Connection) -> None:
    (notebook,) = run_all([ROOT / "docs" / "notebooks" / "eda.ipynb"], hostile)
    assert not isinstance(notebook, UserError)
    assert errors_told(notebook) == []
    page = notebook_page(notebook)
    assert page.rstrip().endswith("</html>")
    assert "<!-- <script>" not in page
    assert "</script><b>" not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Night Train", "Night Train"),
        ("a\u0001\u0000b", "ab"),
        ("two\nlines", "two lines"),
        ("\u202eback", "back"),
        (
            "e\u0301 \U0001f468\u200d\U0001f469 \u05e2",
            "e\u0301 \U0001f468\u200d\U0001f469 \u05e2",
        ),
        ("x" * 121, "x" * 119 + "…"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_text_is_shown_as_it_is_but_for_what_breaks(text: str, shown: str) -> None:
    assert shown_text(text) == shown


def test_advice_is_not_cut(published: Connection, contract: MartContract) -> None:
    with published.connect() as session:
        rows = session.execute(
            "select suggested_strategy from mart_churn.agg_churn_risk_by_region"
        ).fetchall()
    whole = {strategy for (strategy,) in rows}
    # Longer than a title is shown, or this proves nothing.
    assert max(map(len, whole)) > 120
    marts = read_marts(published, contract)
    assert set(marts["churn_risk"]["suggested_strategy"]) == whole
