"""What is held out, what a taste is, and in which order a list comes."""

import numpy as np
import pytest

from streaming_analytics.models.recommender.feedback import taste
from streaming_analytics.models.recommender.ranking import best, diverse
from streaming_analytics.models.recommender.splits import (
    last_fifth_of_each_user,
    last_fifth_of_time,
)

from .made_up import feedback


def test_the_last_fifth_of_each_user_is_held_out_rounded_up() -> None:
    rows = [("ana", f"t{day}", 100, f"2025-01-0{day}") for day in range(1, 7)]
    rows += [("ben", f"t{day}", 100, f"2025-03-0{day}") for day in range(1, 6)]
    rows += [("cem", f"t{day}", 100, f"2025-06-0{day}") for day in range(1, 5)]
    made = feedback(rows)
    held_out = last_fifth_of_each_user(made)
    found = {
        (made.users[made.user[place]], made.titles[made.title[place]])
        for place in np.flatnonzero(held_out)
    }
    # A fifth of six is two, of five one; four choices have no fifth.
    assert found == {("ana", "t5"), ("ana", "t6"), ("ben", "t5")}


def test_of_one_moment_the_last_title_by_key_is_held_out() -> None:
    made = feedback([("ana", title, 100, "2025-01-01") for title in "cabed"])
    held_out = last_fifth_of_each_user(made)
    assert made.titles[made.title[held_out]].tolist() == ["e"]


def test_the_global_split_holds_out_what_comes_after_a_day_for_everyone() -> None:
    made = feedback(
        ("ana" if day % 2 else "ben", f"t{day:02}", 100, f"2025-01-{day:02}")
        for day in range(1, 11)
    )
    held_out = last_fifth_of_time(made)
    assert sorted(made.titles[made.title[held_out]]) == ["t09", "t10"]


def test_a_taste_fades_by_half_in_the_days_that_are_said() -> None:
    made = feedback(
        [
            ("ana", "a", 100, "2025-01-01 23:59:59"),
            ("ana", "b", 80, "2025-03-02"),
            ("ben", "a", 75, "2024-01-01"),
        ]
    )
    # Of Ana 60 days pass: 100 % counts half of 10,000, 80 % of the last day all.
    assert taste(made, 60, 50).toarray()[:, :2].tolist() == [[5000, 8000], [7500, 0]]
    # A day later 61 days have passed: 600,000 / 121 = 4958.7 is rounded up.
    later = feedback([("ana", "a", 100, "2025-01-01"), ("ana", "b", 1, "2025-03-03")])
    assert taste(later, 60, 50).toarray()[:, :2].tolist() == [[4959, 100]]


def test_where_users_live_stands_beside_what_they_chose() -> None:
    rows = [(user, title, 100, "2025-01-01") for user in "abc" for title in "xy"]
    made = feedback(rows, regions={"a": "EMEA", "b": "APAC", "c": None})
    assert made.regions.tolist() == ["APAC", "EMEA"]
    # Anywhere, APAC and EMEA.
    assert made.known().toarray()[:, 2:].tolist() == [[2, 0, 2], [2, 2, 0], [0, 0, 0]]
    assert taste(made, 60, 50).toarray()[:, 2:].max() == 20_000
    alone = feedback(rows, regions=dict.fromkeys("abc", "EMEA"))
    assert alone.known().toarray()[:, 2:].tolist() == [[0], [0], [0]]


def test_the_weightiest_titles_make_a_taste_and_ties_go_by_key() -> None:
    made = feedback([("ana", title, 50, "2025-01-01") for title in "dbca"])
    assert taste(made, 60, 2).toarray()[:, :4].tolist() == [[5000, 5000, 0, 0]]


def test_the_best_come_first_ties_by_key_and_none_that_is_taken() -> None:
    scores = np.array([[1.0, 3.0, 3.0, -1.0, 2.0]])
    taken = np.array([[False, False, False, False, True]])
    assert best(scores, taken, 5).tolist() == [[1, 2, 0, 3, -1]]


@pytest.mark.parametrize(
    ("per_genre", "kept", "expected"),
    [
        # Titles 0 to 3 are comedies and score best; then comes the only drama.
        (9, (), [0, 1, 2, 3, 4, 6, 5]),
        (2, (), [0, 1, 4, 2, 3, 6, 5]),
        (2, (2, 6), [0, -1, 1, 4, 2, -1, 3]),
    ],
)
def test_a_genre_waits_when_it_had_its_turn(
    per_genre: int, kept: tuple[int, ...], expected: list[int]
) -> None:
    # Titles 5 and 6 have no score: popularity orders them, after all that have one.
    lists = diverse(
        np.array([[9, 8, 7, 6, 5, 0, -3, 99]]),
        np.array([[False] * 7 + [True]]),
        np.array([0, 0, 0, 0, 1, 0, 1, 1]),
        length=7,
        per_genre=per_genre,
        fallback=np.array([0, 0, 0, 0, 0, 3, 4, 9]),
        kept_places=kept,
    )
    assert lists.tolist() == [expected]
