import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_analytics.report.intervals import (
    normal_difference,
    share,
    share_difference,
    z_score,
)

COUNTS = st.integers(1, 5000).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)


@given(COUNTS)
def test_the_ends_of_a_share_solve_the_score_equation(counts: tuple[int, int]) -> None:
    hits, trials = counts
    estimate = share(hits, trials)
    assert estimate is not None
    for end in (estimate.lower, estimate.upper):
        distance = abs(estimate.value - end)
        assert distance == pytest.approx(
            z_score() * math.sqrt(end * (1 - end) / trials), abs=1e-6
        )


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0) is None
    assert share_difference(0, 0, 1, 2) is None


def test_a_difference_of_shares_is_that_of_newcombe_1998() -> None:
    found = share_difference(56, 70, 48, 80)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert (found.lower, found.upper) == (
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )


@given(COUNTS, COUNTS)
def test_swapping_the_sides_turns_the_interval_around(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = share_difference(*one, *other), share_difference(*other, *one)
    assert there is not None
    assert back is not None
    assert there.lower == pytest.approx(-back.upper)
    assert there.excludes_zero == back.excludes_zero
    assert there.lower - 1e-12 <= there.value <= there.upper + 1e-12


@given(COUNTS)
def test_equal_shares_are_never_a_clear_difference(counts: tuple[int, int]) -> None:
    found = share_difference(*counts, *counts)
    assert found is not None
    assert not found.excludes_zero


@given(COUNTS, COUNTS, st.integers(2, 20))
def test_choosing_among_many_widens_the_interval(
    one: tuple[int, int], other: tuple[int, int], comparisons: int
) -> None:
    plain = share_difference(*one, *other)
    chosen = share_difference(*one, *other, comparisons=comparisons)
    assert plain is not None
    assert chosen is not None
    assert chosen.lower <= plain.lower + 1e-12
    assert chosen.upper >= plain.upper - 1e-12


def test_the_width_in_standard_errors() -> None:
    assert z_score() == pytest.approx(1.959964, abs=1e-6)
    # Two-sided 0.05 / 6, as tables of the normal distribution have it.
    assert z_score(6) == pytest.approx(2.638257, abs=1e-5)
    found = normal_difference(5.0, 3.0, 1.0, 4.0)
    assert found.lower == pytest.approx(4 - 5 * z_score())
