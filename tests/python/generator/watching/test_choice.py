"""Titles are found by their pull as a search would find them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_analytics.generator.watching.choice import PULL_STEPS, find_pull

# The first example waits for the compiler.
unhurried = settings(deadline=None)


@unhurried
@given(
    st.lists(st.floats(0.001, 1), min_size=1, max_size=300),
    st.integers(1, 4),
    st.floats(0, 1, exclude_max=True),
)
def test_a_pull_is_found_where_a_search_finds_it(
    weights: list[float], groups: int, point: float
) -> None:
    share = np.cumsum(weights) / np.sum(weights)
    share[-1] = 1.0
    pull = np.concatenate([group + share for group in range(groups)])
    steps = np.arange(groups * PULL_STEPS) / PULL_STEPS
    starts = np.searchsorted(pull, steps, side="right").astype(np.int32)
    # The borders themselves, where one title ends and the next begins, too.
    for wanted in [*(np.arange(groups) + point), *pull[:-1]]:
        expected = min(np.searchsorted(pull, wanted, side="right"), len(pull) - 1)
        assert find_pull(wanted, pull, starts) == expected
