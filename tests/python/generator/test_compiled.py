"""The compiled loops: what is kept of them, and what they say beside plain code."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_analytics.generator.choice import PULL_STEPS, find_pull
from streaming_analytics.generator.compiled import directory_for
from streaming_analytics.generator.sessions import spread_out
from streaming_analytics.generator.tape import cut_in_pieces

TOTAL = 1_000
# The first example waits for the compiler.
unhurried = settings(deadline=None)


def test_interpreted_loops_give_the_same_bytes(tmp_path: Path) -> None:
    def generate(name: str, **environment: str) -> dict[str, bytes]:
        subprocess.run(
            [
                *(sys.executable, "-m", "streaming_analytics", "generate"),
                *("--scale", "demo", "--users", "120", "--days", "75"),
                *("--out", str(tmp_path / name)),
            ],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        return {
            path.relative_to(tmp_path / name).as_posix(): path.read_bytes()
            for path in sorted((tmp_path / name).rglob("*.csv"))
        }

    compiled = generate("compiled")
    assert len(compiled["viewing_2024.csv"].splitlines()) > 10_000
    assert generate("interpreted", NUMBA_DISABLE_JIT="1") == compiled


def test_a_changed_source_is_compiled_anew(tmp_path: Path) -> None:
    source, kept_in = tmp_path / "source", tmp_path / "kept"
    source.mkdir()
    (source / "constants.py").write_text("LIMIT = 1\n")
    before = directory_for(source, kept_in)
    assert before is not None
    assert directory_for(source, kept_in) == before
    (source / "constants.py").write_text("LIMIT = 2\n")
    after = directory_for(source, kept_in)
    assert after != before
    assert list(kept_in.iterdir()) == [after]


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file, so that no directory can be made")
    assert directory_for(tmp_path, tmp_path / "kept") is None


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


places = st.lists(st.integers(0, TOTAL), max_size=30).map(sorted)


@unhurried
@given(places, places, places, places)
def test_the_tape_is_cut_at_every_place_once(
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
