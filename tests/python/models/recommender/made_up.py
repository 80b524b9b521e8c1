"""Feedback that a test can read at a glance."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from streaming_analytics.models.recommender.feedback import Feedback, read_feedback
from streaming_analytics.models.recommender.settings import ListRules

Choice = tuple[str, str, int, str]

RULES = ListRules(
    length=20, per_genre=5, fading_days=60, taste_titles=(50,), new_places=(10, 20)
)


def feedback(
    choices: Iterable[Choice],
    genres: dict[str, str | None] | None = None,
    regions: dict[str, str | None] | None = None,
) -> Feedback:
    """Return feedback from (user, title, percent, moment)."""
    frame = pd.DataFrame(
        list(choices),
        columns=["user_id", "content_id", "feedback_percent", "chosen_at"],
    )
    frame["chosen_at"] = pd.to_datetime(frame["chosen_at"], format="ISO8601")
    titles = sorted(set(frame["content_id"]))
    users = sorted(set(frame["user_id"]))
    known = {title: None for title in titles} | (genres or {})
    return read_feedback(
        frame,
        pd.DataFrame(
            {"content_id": known.keys(), "leading_genre_code": known.values()}
        ),
        pd.DataFrame(
            {
                "user_id": users,
                "region_code": [(regions or {}).get(key) for key in users],
            }
        ),
    )


def without_genres(choices: pd.DataFrame) -> pd.DataFrame:
    """Return the titles of choices, without a genre."""
    return pd.DataFrame(
        {"content_id": choices["content_id"].unique(), "leading_genre_code": None}
    )


def anywhere(choices: pd.DataFrame) -> pd.DataFrame:
    """Return the users of choices, who may live anywhere."""
    return pd.DataFrame({"user_id": choices["user_id"].unique(), "region_code": None})


def two_camps(users: int, titles: int, choices: int, seed: int) -> pd.DataFrame:
    """Return choices of users who like either even or odd titles, three in four times.

    One row per user and title, as `fct_content_feedback` has them.
    """
    rng = np.random.default_rng(seed)
    appeal = rng.permutation(titles)
    rows = []
    for user in range(users):
        likes = (np.arange(titles) % 2 == user % 2) * 3.0 + 1.0
        chance = likes / (appeal + 5)
        taken = rng.choice(titles, size=choices, replace=False, p=chance / chance.sum())
        rows += [
            {
                "user_id": f"u{user:04}",
                "content_id": f"t{title:04}",
                "feedback_percent": int(rng.integers(50, 101)),
                "chosen_at": pd.Timestamp("2025-01-01") + pd.Timedelta(days=place),
            }
            for place, title in enumerate(taken)
        ]
    return pd.DataFrame(rows)
