"""The timeline is cut into pieces that do not overlap and leave nothing out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_analytics.generator.watching.timeline import cut_in_pieces

TOTAL = 1_000
# The first example waits for the compiler.
unhurried = settings(deadline=None)


places = st.lists(st.integers(0, TOTAL), max_size=30).map(sorted)


@unhurried
@given(places, places, places, places)
def test_the_timeline_is_cut_at_every_place_once(
    sessions: list[int], items: list[int], early: list[int], later: list[int]
) -> None:
    sessions, items = [0, *sessions], [0, *sorted(set(items))]
    cuts = [np.array(cut, dtype=np.int64) for cut in (sessions, items, early, later)]
    item_of = np.arange(len(items)) * 10
    place, watched, session, item = cut_in_pieces(
        cuts[0], item_of, cuts[1], cuts[2], cuts[3], TOTAL
    )
    expected = sorted({*sessions, *items, *early, *later} - {TOTAL})
    assert place.tolist() == expected
    assert (place + watched).tolist() == [*expected[1:], TOTAL]
    for at, here in enumerate(expected):
        assert session[at] == sum(start <= here for start in sessions) - 1
        assert item[at] == item_of[sum(start <= here for start in items) - 1]
