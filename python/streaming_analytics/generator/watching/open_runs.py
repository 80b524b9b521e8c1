"""Titles that members have taken up and not yet watched to where they will stop."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class OpenRuns(NamedTuple):
    """Runs to go on with, per unit block, the oldest of each user first.

    All arrays have one entry per run.
    """

    user: Ints  # within the unit
    title: Ints
    episode: Ints  # row of the episode arrays that comes next, -1 for a film
    position: Ints  # second at which it goes on
    items: Ints  # films or episodes still to come, at least 1
    done: Ints  # items watched before
    pace: Ints  # items a week, at most
    liking: NDArray[np.float64]
    is_first: NDArray[np.bool_]  # whether it is watched for the first time

    @classmethod
    def none(cls) -> Self:
        """Return no runs."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(
            user=nothing,
            title=nothing,
            episode=nothing,
            position=nothing,
            items=nothing,
            done=nothing,
            pace=nothing,
            liking=np.zeros(0),
            is_first=np.zeros(0, dtype=bool),
        )

    def where(self, kept: NDArray) -> Self:
        """Return the runs that a mask or index picks."""
        return self._make(values[kept] for values in self)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several as one, in order."""
        return cls._make(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
