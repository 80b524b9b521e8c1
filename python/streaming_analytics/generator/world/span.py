"""The loads of which a run delivers the rows."""

from dataclasses import dataclass

import numpy as np

from streaming_analytics.generator.world.calendar import Month, month_number
from streaming_analytics.generator.world.world import World

# A play is loaded in the night after its day, or up to this many nights later.
LONGEST_LATE_DAYS = 3


@dataclass(frozen=True)
class Span:
    """The loads that a run delivers: after one day's load, up to another's.

    A row is loaded in the night after its day, or up to three nights later. A span
    from the start to before `end_day` ends with the load on `end_day`.
    """

    end_day: int
    after_load: int = -1

    def holds(self, load_day: np.ndarray) -> np.ndarray:
        """Return which of the load days lie in the span."""
        return (load_day > self.after_load) & (load_day <= self.end_day)

    def holds_all(self, month: Month) -> bool:
        """Return whether every row of a month is loaded within the span."""
        latest = month.end_day + LONGEST_LATE_DAYS
        return month.first_day > self.after_load and latest <= self.end_day

    def resume_month(self, world: World) -> int:
        """Return the month from which a span after this one has to be walked again.

        Plays of the last three days may still be on their way.
        """
        first_open = max(self.end_day - LONGEST_LATE_DAYS, world.start_day)
        return month_number(first_open)
