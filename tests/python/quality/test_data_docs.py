"""The page of the checks, as a phone shows it."""

from pathlib import Path

import pytest
from browsing import address_of, browser

from streaming_analytics.quality.data_docs import write_data_docs
from streaming_analytics.quality.expecting import Checked, Outcome, Result
from streaming_analytics.quality.suites import read_suites


@pytest.mark.parametrize(
    ("outcome", "subjects", "is_told"),
    [
        ("not compared", (), False),
        ("passed", (), False),
        ("warned", ("2025-12-31, beside its weekday: 0.123",), True),
    ],
)
def test_the_page_fits_a_phone_without_an_empty_column(
    tmp_path: Path, outcome: Outcome, subjects: tuple[str, ...], is_told: bool
) -> None:
    checked = [
        Checked(
            suite,
            tuple(Result(suite, one, outcome, subjects) for one in suite.expectations),
            page="",
        )
        for suite in read_suites()
    ]
    path = write_data_docs(tmp_path, checked, "Build 1.", "")
    with browser() as chromium:
        page = chromium.page(390, 800).open(address_of(path))
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        headings = page.evaluate(
            "[...document.querySelectorAll('th')].map(one => one.textContent)"
        )
        widths = page.evaluate(
            "[...document.querySelectorAll('tr')].map(one => one.cells.length)"
        )
    assert ("what broke it" in headings) == is_told
    assert len(set(widths)) == 1
