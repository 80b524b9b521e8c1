"""What is remembered of the viewing of a unit block from one month to the next."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.watching.open_runs import OpenRuns
from streaming_analytics.generator.world.world import UNIT_USERS

# Marks a title in `seen` as rated, or as one to go on with; the lower bits count the
# seasons taken up.
RATED, OPEN = 0x80, 0x40
SEASONS = 0x3F


@dataclass
class WatchState:
    """What was seen and what goes on, changed in place."""

    open: OpenRuns  # what to go on with
    seen: NDArray[np.uint8]  # user x title

    @classmethod
    def fresh(cls, titles: int) -> Self:
        """Return the state before anybody has watched anything."""
        return cls(OpenRuns.none(), np.zeros((UNIT_USERS, titles), dtype=np.uint8))
