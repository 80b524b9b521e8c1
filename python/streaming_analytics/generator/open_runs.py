"""Titles that members have taken up and not yet watched to where they will stop."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OpenRuns:
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
        return cls(*[nothing] * 7, np.zeros(0), np.zeros(0, dtype=bool))

    def where(self, kept: NDArray) -> Self:
        """Return the runs that a mask or index picks."""
        return type(self)(**{name: a[kept] for name, a in self.arrays().items()})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several as one, in order."""
        return cls(
            **{
                item.name: np.concatenate([getattr(part, item.name) for part in parts])
                for item in fields(cls)
            }
        )

    def arrays(self) -> dict[str, NDArray]:
        """Return the arrays by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
