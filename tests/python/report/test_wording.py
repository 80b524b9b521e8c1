import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_analytics.report import wording
from streaming_analytics.report.wording import (
    clock,
    count,
    interval_points,
    listing,
    number,
    percent,
    points,
    signed,
    the_place,
    usd,
)

VALUES = st.floats(-1e9, 1e9)
DIGITS = st.integers(0, 4)


def read(text: str) -> float:
    """Return the number that a reader sees."""
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def test_the_examples_in_the_docstrings_hold() -> None:
    outcome = doctest.testmod(wording)
    assert outcome.attempted
    assert not outcome.failed


@given(VALUES, DIGITS)
def test_a_number_is_off_by_half_a_last_digit_at_most(
    value: float, digits: int
) -> None:
    assert abs(read(number(value, digits)) - value) <= 0.5 * 10**-digits * (1 + 1e-9)


@given(VALUES, DIGITS)
def test_a_sign_stands_before_everything_but_zero(value: float, digits: int) -> None:
    text = signed(value, digits)
    shown = read(text.removeprefix("+"))
    if shown == 0:
        assert text[0] == "0"
    else:
        assert text[0] == ("+" if value > 0 else "\N{MINUS SIGN}")


@pytest.mark.parametrize("show", [number, signed, percent, points, usd])
def test_what_is_missing_is_a_dash(show) -> None:
    assert show(None) == "\N{EN DASH}"


@pytest.mark.parametrize("show", [number, signed, percent, usd])
def test_a_tiny_loss_is_no_minus_zero(show) -> None:
    assert "\N{MINUS SIGN}" not in show(-0.00001)


def test_money_has_its_sign_before_the_dollar() -> None:
    assert usd(-12.5, 2) == "\N{MINUS SIGN}$12.50"
    assert usd(1234.4) == "$1,234"


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0, "0 titles"), (1, "1 title"), (2, "2 titles"), (1000, "1,000 titles")],
)
def test_plurals(amount: int, told: str) -> None:
    assert count(amount, "title") == told


def test_an_irregular_plural() -> None:
    assert count(3, "country", "countries") == "3 countries"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
    ],
)
def test_lists(names: list[str], told: str) -> None:
    assert listing(names) == told


def test_an_interval_of_a_difference_shows_both_signs() -> None:
    minus = "\N{MINUS SIGN}"
    assert interval_points(-0.012, 0.034) == f"95% interval {minus}1.2 to +3.4 points"


def test_hours_of_the_day() -> None:
    told = [clock(hour) for hour in (0, 1, 12, 13, 23)]
    assert told == ["midnight", "1 am", "noon", "1 pm", "11 pm"]


def test_a_place_in_a_sentence() -> None:
    assert the_place("United States and Canada") == "the United States and Canada"
    assert the_place("Latin America") == "Latin America"


def test_dates() -> None:
    assert wording.day_name(date(2025, 3, 1)) == "1 March 2025"
    assert wording.weekday_name(7) == "Sunday"
