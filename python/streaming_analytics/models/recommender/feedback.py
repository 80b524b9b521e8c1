"""What people chose, as arrays: the one form in which all recommenders read it.

How much a choice says, and how it fades: docs/decisions/0028-feedback-and-taste.md;
where users live: docs/decisions/0069-regions-in-the-recommender.md.
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
# What living somewhere counts beside a title that was completed, which counts 1.
REGION_SHARE = 2
_MICROSECONDS_A_DAY = 86_400_000_000

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Feedback:
    """Choices of titles by users, sorted by user, moment and title.

    Attributes:
        users: Keys of the users, shape (users,).
        titles: Keys of the titles in ascending order, shape (titles,).
        genre: Number of each title's leading genre, -1 without one, shape (titles,).
        regions: Codes of the regions in ascending order, shape (regions,).
        region: Position of each user's in `regions`, -1 if unknown, shape (users,).
        user: Position in `users`, one per choice.
        title: Position in `titles`, one per choice.
        percent: How much the choice says, 1 to 100, one per choice.
        moment: When the title was chosen, microseconds since 1970, one per choice.
    """

    users: NDArray[np.str_]
    titles: NDArray[np.str_]
    genre: Ints
    regions: NDArray[np.str_]
    region: Ints
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

    def known(self) -> sparse.csr_array:
        """Return users x (titles, regions): choices, and where each user lives."""
        return self.beside_regions(self.matrix(), REGION_SHARE)

    def beside_regions(
        self, of_titles: sparse.csr_array, share: int
    ) -> sparse.csr_array:
        """Return users x titles with a column more for anywhere, and one a region.

        A user whose region is known has `share` in the first and in the region's own.
        """
        known = np.flatnonzero(self.region >= 0)
        columns = np.concatenate((np.zeros(len(known)), 1 + self.region[known]))
        regions = sparse.csr_array(
            (
                np.full(2 * len(known), share, dtype=of_titles.dtype),
                (np.tile(known, 2), columns.astype(np.int64)),
            ),
            shape=(len(self.users), 1 + len(self.regions)),
        )
        return sparse.csr_array(sparse.hstack([of_titles, regions], format="csr"))

    def chosen(self) -> sparse.csr_array:
        """Return users x titles with 1 where the user chose the title."""
        ones = np.ones(len(self), dtype=np.int64)
        return sparse.csr_array((ones, (self.user, self.title)), shape=self.shape)


def read_feedback(
    choices: "pd.DataFrame", titles: "pd.DataFrame", users: "pd.DataFrame"
) -> Feedback:
    """Bring the rows of the marts into arrays.

    Args:
        choices: user_id, content_id, feedback_percent and chosen_at, a row per user and
            title.
        titles: content_id and leading_genre_code, a row per title.
        users: user_id and region_code, a row per user.
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
    regions, region = _numbered(user_keys, users.set_index("user_id")["region_code"])
    if len(regions) == 1:
        # It tells nobody apart.
        regions, region = regions[:0], np.full(len(user_keys), -1)
    return Feedback(
        users=user_keys,
        titles=title_keys,
        genre=_numbered(
            title_keys, titles.set_index("content_id")["leading_genre_code"]
        )[1],
        regions=regions,
        region=region,
        user=user[order],
        title=title[order],
        percent=choices["feedback_percent"].to_numpy(dtype=np.int64)[order],
        moment=moment[order],
    )


def _numbered(
    keys: NDArray[np.str_], codes: "pd.Series"
) -> tuple[NDArray[np.str_], Ints]:
    """Return the codes there are, ascending, and the number of each key's, or -1."""
    own = codes.reindex(keys).fillna("").to_numpy(dtype=str)
    found = np.unique(own[own != ""])
    return found, np.where(own == "", -1, np.searchsorted(found, own))


def taste(feedback: Feedback, fading_days: int, most: int) -> sparse.csr_array:
    """Return users x (titles, regions) with what each taste is made of, whole numbers.

    A choice weighs its percentage, faded by H / (H + days before the user's last
    choice) with H = `fading_days`, in ten-thousandths and rounded half up. Of each
    user the `most` weightiest titles count, by key where they tie.
    """
    last = np.full(len(feedback.users), np.iinfo(np.int64).min)
    np.maximum.at(last, feedback.user, feedback.day)
    span = fading_days + last[feedback.user] - feedback.day
    scaled = TASTE_UNIT // 100 * feedback.percent * fading_days
    weight = (2 * scaled + span) // (2 * span)
    # All that orders them in one number, which is sorted sooner than three are: no
    # weight is more than a taste's unit, since no choice says more than 100 %.
    heaviest = TASTE_UNIT + 1
    rank = (feedback.user * heaviest + TASTE_UNIT - weight) * len(feedback.titles)
    order = np.argsort(rank + feedback.title)
    user = feedback.user[order]
    begins = np.searchsorted(user, np.arange(len(feedback.users)))
    kept = order[np.arange(len(user)) - begins[user] < most]
    of_titles = sparse.csr_array(
        (weight[kept], (feedback.user[kept], feedback.title[kept])),
        shape=feedback.shape,
    )
    return feedback.beside_regions(of_titles, TASTE_UNIT * REGION_SHARE)
