"""What people chose, as arrays: the one form in which all recommenders read it.

How much a choice says, and how it fades: docs/decisions/0028-feedback-and-taste.md.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    import pandas as pd

# Taste is counted in ten-thousandths and weights in billionths: whole numbers, so that
# sums are the same in any order and SQL comes to the very same score.
TASTE_UNIT = 10_000
_MICROSECONDS_A_DAY = 86_400_000_000

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Feedback:
    """Choices of titles by users, sorted by user, moment and title.

    Attributes:
        users: Keys of the users, shape (users,).
        titles: Keys of the titles in ascending order, shape (titles,).
        genre: Number of each title's leading genre, -1 without one, shape (titles,).
        user: Position in `users`, one per choice.
        title: Position in `titles`, one per choice.
        percent: How much the choice says, 1 to 100, one per choice.
        moment: When the title was chosen, microseconds since 1970, one per choice.
    """

    users: NDArray[np.str_]
    titles: NDArray[np.str_]
    genre: Ints
    user: Ints
    title: Ints
    percent: Ints
    moment: Ints

    def __len__(self) -> int:
        """Return the number of choices."""
        return len(self.user)

    @property
    def shape(self) -> tuple[int, int]:
        """Users and titles."""
        return len(self.users), len(self.titles)

    @property
    def day(self) -> Ints:
        """Days since 1970, one per choice."""
        return self.moment // _MICROSECONDS_A_DAY

    def only(self, kept: NDArray[np.bool_]) -> "Feedback":
        """Return the choices that are kept; users and titles keep their numbers."""
        return replace(
            self,
            user=self.user[kept],
            title=self.title[kept],
            percent=self.percent[kept],
            moment=self.moment[kept],
        )

    def matrix(self) -> sparse.csr_array:
        """Return users x titles with how much each choice says, 0 to 1."""
        return sparse.csr_array(
            (self.percent / 100.0, (self.user, self.title)), shape=self.shape
        )

    def chosen(self) -> sparse.csr_array:
        """Return users x titles with 1 where the user chose the title."""
        ones = np.ones(len(self), dtype=np.int64)
        return sparse.csr_array((ones, (self.user, self.title)), shape=self.shape)


def read_feedback(choices: "pd.DataFrame", titles: "pd.DataFrame") -> Feedback:
    """Bring the rows of the marts into arrays.

    Args:
        choices: user_id, content_id, feedback_percent and chosen_at, a row per user and
            title.
        titles: content_id and leading_genre_code, a row per title.
    """
    # Titles that nobody chose have no place in a ranking of what is chosen.
    title_keys, title = np.unique(
        choices["content_id"].to_numpy(dtype=str), return_inverse=True
    )
    user_keys, user = np.unique(
        choices["user_id"].to_numpy(dtype=str), return_inverse=True
    )
    moment = choices["chosen_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    order = np.lexsort((title, moment, user))
    return Feedback(
        users=user_keys,
        titles=title_keys,
        genre=_genres(title_keys, titles),
        user=user[order],
        title=title[order],
        percent=choices["feedback_percent"].to_numpy(dtype=np.int64)[order],
        moment=moment[order],
    )


def _genres(keys: NDArray[np.str_], titles: "pd.DataFrame") -> Ints:
    codes = titles.set_index("content_id")["leading_genre_code"].reindex(keys)
    found, numbers = np.unique(
        codes.fillna("").to_numpy(dtype=str), return_inverse=True
    )
    return np.where(found[numbers] == "", -1, numbers)


def taste(feedback: Feedback, fading_days: int, most: int) -> sparse.csr_array:
    """Return users x titles with what each user's taste is made of, whole numbers.

    A choice weighs its percentage, faded by H / (H + days before the user's last
    choice) with H = `fading_days`, in ten-thousandths and rounded half up. Of each
    user the `most` weightiest titles count, by key where they tie.
    """
    last = np.full(len(feedback.users), np.iinfo(np.int64).min)
    np.maximum.at(last, feedback.user, feedback.day)
    span = fading_days + last[feedback.user] - feedback.day
    scaled = TASTE_UNIT // 100 * feedback.percent * fading_days
    weight = (2 * scaled + span) // (2 * span)
    order = np.lexsort((feedback.title, -weight, feedback.user))
    user = feedback.user[order]
    begins = np.searchsorted(user, np.arange(len(feedback.users)))
    kept = order[np.arange(len(user)) - begins[user] < most]
    return sparse.csr_array(
        (weight[kept], (feedback.user[kept], feedback.title[kept])),
        shape=feedback.shape,
    )
