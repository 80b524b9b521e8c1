"""The dashboard of the sample in a browser: quiet, in step with the marts, readable."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browsing import Browser, Page, address_of, browser
from dbt_sample import ROOT

from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.dashboard import dashboard
from streaming_analytics.report.drawing import runtime
from streaming_analytics.report.marts import ALL, read_marts
from streaming_analytics.report.panels import PANELS
from streaming_analytics.report.panels.panel import Panel
from streaming_analytics.warehouse.connection import Connection

from .conftest import EMPTY, ONE_REGION, QUIET_MONTH, Changed
from .oracle import Oracle, numbers_in, shown

READY = "document.documentElement.dataset.region"
PHONE, DESKTOP = 390, 1280
KEYS = [panel.key for panel in PANELS]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


def written(connection: Connection, contract: MartContract, folder: Path) -> Path:
    """Write the dashboard of a server's marts and return its path."""
    marts = read_marts(connection, contract)
    path = folder / "dashboard.html"
    path.write_text(dashboard(marts, lambda: runtime(ROOT / "target")), "utf-8")
    return path


@pytest.fixture(scope="module")
def path(
    trained: Connection,
    contract: MartContract,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    return written(trained, contract, tmp_path_factory.mktemp("dashboard"))


@pytest.fixture(scope="module")
def page(chromium: Browser, path: Path) -> Page:
    return chromium.page(DESKTOP, 900).open(address_of(path), READY)


@pytest.mark.parametrize("panel", PANELS, ids=KEYS)
def test_charts_are_what_their_grammar_allows(
    panel: Panel, trained: Connection, contract: MartContract
) -> None:
    chart = panel.chart(read_marts(trained, contract))
    # Raises what is wrong; pages are drawn without asking again.
    assert "$schema" in chart.to_dict(validate=True)


@pytest.fixture(scope="module")
def oracle(trained: Connection) -> Oracle:
    return Oracle(trained)


def choose(page: Page, region: str) -> None:
    page.evaluate(f"document.querySelector('input[value={region}]').click()")
    page.wait_for(f"{READY} === '{region}'")


def text_of(page: Page, selector: str) -> str:
    return page.evaluate(f"document.querySelector('{selector}').textContent")


def figures_of(page: Page) -> dict[str, dict[str, str]]:
    """Return value, change, month before and detail of each key figure."""
    return page.evaluate("""
        Object.fromEntries([...document.querySelectorAll('.figure')].map(card => [
            card.dataset.key,
            Object.fromEntries(['value', 'change', 'before', 'detail'].map(
                part => [part, card.querySelector('.' + part).textContent]))
        ]))
    """)


def table_of(page: Page, key: str) -> list[list[str]]:
    return page.evaluate(f"""
        [...document.querySelectorAll('#{key} tbody tr')].map(
            row => [...row.cells].map(cell => cell.textContent))
    """)


def regions_of(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('.filter input')].map(one => one.value)"
    )


def test_it_opens_without_a_complaint_and_asks_for_nothing(
    page: Page, path: Path
) -> None:
    for region in regions_of(page):
        choose(page, region)
    choose(page, ALL)
    assert page.problems == []
    assert page.requests == [address_of(path)]


def test_every_region_can_be_chosen(page: Page, oracle: Oracle) -> None:
    assert regions_of(page) == [ALL, *oracle.regions()]


def test_key_figures_are_those_of_the_marts(page: Page, oracle: Oracle) -> None:
    seen = {}
    for region in (ALL, *oracle.regions()):
        choose(page, region)
        cards = figures_of(page)
        expected = oracle.figures(region)
        assert list(cards) == list(expected)
        for key, card in cards.items():
            value, *_ = expected[key]
            assert shown(card["value"].removesuffix(" h")).is_one_of([value]), key
            for part in ("change", "before", "detail"):
                for number in numbers_in(card[part]):
                    told = f"{region} {key}: {card[part]}"
                    assert number.is_one_of(expected[key]), told
        seen[region] = [card["value"] for card in cards.values()]
    choose(page, ALL)
    # The filter changes all of them, and no two regions have the same.
    assert len({tuple(values) for values in seen.values()}) == len(seen)


def test_every_table_holds_what_the_marts_hold(page: Page, oracle: Oracle) -> None:
    for region in (ALL, *oracle.regions()):
        choose(page, region)
        for key, rows in oracle.tables(region).items():
            cells = table_of(page, key)
            assert len(cells) == len(rows), f"{region} {key}"
            for found, expected in zip(cells, rows, strict=True):
                for cell, value in zip(found, expected, strict=True):
                    where = f"{region} {key}: {cell} of {found}, expected {value}"
                    if isinstance(value, str):
                        assert cell == value, where
                    elif value is None:
                        assert cell == "\N{EN DASH}", where
                    else:
                        assert shown(cell).is_one_of([value]), where
    choose(page, ALL)


def test_every_number_in_words_is_one_of_the_marts(page: Page, oracle: Oracle) -> None:
    names = [row["title"] for row in oracle.ask(_NAMES)]
    for region in (ALL, *oracle.regions()):
        choose(page, region)
        for key, pool in oracle.pools(region).items():
            for part in ("h3", ".note"):
                text = text_of(page, f"#{key} {part}")
                for number in numbers_in(text, but=names):
                    told = f"{region} {key}: {number.text} in {text}"
                    assert number.is_one_of(pool), told
    choose(page, ALL)


_NAMES = """
    select title from mart_core.dim_content
    union all
    select behaviour_name from mart_engagement.agg_engagement_signals
"""


def test_every_chart_draws_what_its_table_holds(page: Page) -> None:
    for key in KEYS:
        marks = page.evaluate(f"""
            document.querySelector('#{key} .chart').querySelectorAll(
                '.mark-symbol path, .mark-rect path, .mark-line path').length
        """)
        if table_of(page, key):
            assert marks, key


OVERLAPS = """
(() => {
    const found = [];
    for (const svg of document.querySelectorAll('.chart svg')) {
        const key = svg.closest('figure').id;
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll('text')]
            .filter(one => one.textContent.trim()
                && getComputedStyle(one).opacity !== '0'
                && one.getBoundingClientRect().width)
            .map(one => [one.textContent, one.getBoundingClientRect()]);
        for (const [text, box] of boxes) {
            if (box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
                found.push(`${key}: "${text}" sticks out`);
            if (text.endsWith('\\u2026')) found.push(`${key}: "${text}" is cut`);
        }
        boxes.forEach(([text, box], place) => {
            for (const [other, next] of boxes.slice(place + 1)) {
                if (text === other) continue;  // A name and its outline.
                const across = Math.min(box.right, next.right)
                    - Math.max(box.left, next.left);
                const down = Math.min(box.bottom, next.bottom)
                    - Math.max(box.top, next.top);
                // A line's box is higher than its letters.
                if (across > 1 && down > 4)
                    found.push(`${key}: "${text}" on "${other}"`);
            }
        });
    }
    return found;
})()
"""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_no_label_is_cut_or_lies_on_another(
    chromium: Browser, path: Path, width: int
) -> None:
    page = chromium.page(width, 900).open(address_of(path), READY)
    for region in regions_of(page):
        choose(page, region)
        assert page.evaluate(OVERLAPS) == [], region
        # Nothing makes the page wider than the screen.
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_nothing_is_inaccessible(chromium: Browser, path: Path, width: int) -> None:
    page = chromium.page(width, 900).open(address_of(path), READY)
    page.evaluate("document.querySelectorAll('details').forEach(x => x.open = true)")
    for region in (ALL, regions_of(page)[1]):
        choose(page, region)
        assert page.violations() == []


def test_a_link_opens_what_its_sender_saw(chromium: Browser, path: Path) -> None:
    page = chromium.page(DESKTOP, 900).open(address_of(path), READY)
    region = regions_of(page)[2]
    choose(page, region)
    link = page.evaluate("location.href")
    assert link == f"{address_of(path)}#region={region}"
    other = chromium.page(DESKTOP, 900).open(link, f"{READY} === '{region}'")
    assert figures_of(other) == figures_of(page)
    assert other.evaluate("document.querySelector('.filter :checked').value") == region
    # To follow a link of another region on the page itself.
    other.evaluate(f"location.hash = '#region={regions_of(page)[1]}'")
    other.wait_for(f"{READY} === '{regions_of(page)[1]}'")
    choose(other, ALL)
    assert other.evaluate("location.href") == address_of(path)
    # A region that is none is taken for no choice.
    wrong = chromium.page(DESKTOP, 900).open(f"{address_of(path)}#region=MARS", READY)
    assert wrong.evaluate(READY) == ALL


def test_a_print_names_its_region_and_fits_the_paper(
    chromium: Browser, path: Path, oracle: Oracle, tmp_path: Path
) -> None:
    page = chromium.page(1600, 900).open(address_of(path), READY)
    code, name = list(oracle.regions().items())[-1]
    choose(page, code)
    wide = page.evaluate(WIDEST)
    (tmp_path / "page.pdf").write_bytes(page.paper())
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert f"Region: {name}" in text
    pages = text.split("\f")
    # A chart's words and its labels are on one sheet.
    for panel in PANELS:
        (sheet,) = [one for one in pages if panel.topic.upper() in one]
        assert sheet.strip()
    # Drawn at the paper's width, and at the window's again afterwards.
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for(f"{WIDEST} <= 700")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for(f"{WIDEST} === {wide}")


WIDEST = """
    Math.max(...[...document.querySelectorAll('.chart svg')].map(
        one => Number(one.getAttribute('width'))))
"""


def test_the_keyboard_reaches_filter_and_numbers(chromium: Browser, path: Path) -> None:
    page = chromium.page(DESKTOP, 900).open(address_of(path), READY)
    page.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.press("Tab")
    assert page.evaluate("document.activeElement.value") == ALL
    page.press("ArrowRight")
    second = regions_of(page)[1]
    page.wait_for(f"{READY} === '{second}'")
    name = text_of(page, f"input[value={second}] + span")
    page.wait_for("document.getElementById('announcement').textContent")
    assert text_of(page, "#announcement") == f"Figures and charts show {name}."
    page.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_a_screen_reader_hears_what_each_chart_says(page: Page) -> None:
    for key in KEYS:
        chart = page.evaluate(f"""
            (box => [box.getAttribute('role'), box.getAttribute('aria-label'),
                box.querySelector('svg')?.getAttribute('aria-hidden') ?? 'true'])(
                document.querySelector('#{key} .chart'))
        """)
        finding = text_of(page, f"#{key} h3")
        assert chart[0] == "img"
        assert finding in chart[1]
        # The drawing itself would be read as a heap of marks.
        assert chart[2] == "true"
        headings = page.evaluate(
            f"[...document.querySelectorAll('#{key} th')].every("
            "one => one.scope === 'col')"
        )
        assert headings
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map(one => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after <= before + 2 for before, after in pairwise(levels))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_months_are_the_same_in_every_time_zone(
    chromium: Browser, path: Path, page: Page, zone: str
) -> None:
    elsewhere = chromium.page(DESKTOP, 900, time_zone=zone)
    elsewhere.open(address_of(path), READY)
    assert table_of(elsewhere, "signups") == table_of(page, "signups")
    for key in ("growth", "signups"):
        labels = (
            f"[...document.querySelectorAll('#{key} .chart text')]"
            ".map(one => one.textContent)"
        )
        assert elsewhere.evaluate(labels) == page.evaluate(labels)


# ---------------------------------------------------------------- unusual platforms


Opened = Callable[[Connection], Page]


@pytest.fixture
def opened(chromium: Browser, contract: MartContract, tmp_path: Path) -> Opened:
    """Return a function that opens the dashboard of a server's marts."""

    def page_of(connection: Connection) -> Page:
        page = chromium.page(DESKTOP, 900)
        return page.open(address_of(written(connection, contract, tmp_path)), READY)

    return page_of


def words_of(page: Page) -> str:
    return page.evaluate("document.body.innerText")


def test_an_empty_warehouse_says_so(opened: Opened, changed: Changed) -> None:
    with changed("empty_marts", EMPTY) as connection:
        page = opened(connection)
    assert "The warehouse is empty" in text_of(page, ".scope")
    assert page.problems == []
    assert page.evaluate("document.querySelectorAll('.chart svg').length") == 0
    assert page.evaluate("document.querySelectorAll('.figure').length") == 0
    words = words_of(page)
    for bad in ("NaN", "nan", "undefined", "null", "None", "Infinity"):
        assert bad not in words
    for key in KEYS:
        assert len(text_of(page, f"#{key} h3")) > 10


def test_a_single_region_is_compared_with_none(
    opened: Opened, changed: Changed
) -> None:
    with changed("one_region", ONE_REGION) as connection:
        page = opened(connection)
        expected = Oracle(connection).figures(ALL)
    assert "All accounts are in one region" in text_of(page, ".scope")
    assert page.problems == []
    # Nothing to choose from.
    assert page.evaluate("document.querySelectorAll('.filter').length") == 0
    assert "none to compare it with" in text_of(page, "#churn_risk h3")
    for key, card in figures_of(page).items():
        assert shown(card["value"].removesuffix(" h")).is_one_of([expected[key][0]])
    assert page.evaluate(OVERLAPS) == []


def test_a_month_without_signups_is_an_empty_bar_that_is_told(
    opened: Opened, changed: Changed
) -> None:
    with changed("quiet_month", QUIET_MONTH) as connection:
        page = opened(connection)
    assert page.problems == []
    assert ["Mar 2025", "0"] in table_of(page, "signups")
    assert "1 month had none" in text_of(page, "#signups .note")
    assert page.evaluate(OVERLAPS) == []


def test_without_javascript_it_says_why_nothing_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<noscript>" in text
    assert "Content-Security-Policy" in text


def rgb(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def contrast(one: str, other: str) -> float:
    """Return WCAG's ratio of the luminance of two colours."""

    def luminance(colour: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in rgb(colour)
        ]
        return sum(
            part * weight
            for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)
        )

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_colours_are_told_apart_from_the_paper() -> None:
    from streaming_analytics import palette
    from streaming_analytics.report.theme import series_colours

    for text in (palette.INK, palette.MUTED, palette.ACCENT):
        assert contrast(text, palette.PAPER) >= 4.5
    series: list[Any] = list(series_colours("abcdefg").values())
    for colour in [*series, palette.CONTRAST]:
        assert contrast(colour, palette.PAPER) >= 3
