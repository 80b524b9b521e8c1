"""Sessions of one user are moved apart, and no further."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_analytics.generator.watching.sessions import spread_out

# The first example waits for the compiler.
unhurried = settings(deadline=None)


@unhurried
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99), st.integers(1, 60))))
def test_sessions_are_moved_on_only_as_far_as_they_must(
    drawn: list[tuple[int, int, int]],
) -> None:
    drawn.sort()
    user, start, occupied = (
        np.array([row[column] for row in drawn], dtype=np.int64) for column in range(3)
    )
    moved = spread_out(user, start, occupied)
    free: dict[int, int] = {}
    for at in range(len(drawn)):
        # The first moment at which it is wanted and the one before is over.
        assert moved[at] == max(start[at], free.get(user[at], 0))
        free[user[at]] = moved[at] + occupied[at]
