"""The raw table of subscriptions, which change after they were written."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.subscriptions import SubscriptionMonth
from streaming_analytics.generator.output import columns
from streaming_analytics.generator.world.calendar import NEVER
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]


class SpellLog:
    """Subscriptions as they last looked."""

    _NAMES = (
        "number",
        "spell",
        "plan",
        "started",
        "trial_ends",
        "requested",
        "ends",
        "involuntary",
    )

    def __init__(self) -> None:
        """Start empty."""
        self.months: list[dict[str, Ints]] = []

    def add(self, members: Members, month: SubscriptionMonth) -> None:
        """Note what a month touched."""
        number = members.number[month.touched["user"]]
        self.months.append(month.touched | {"number": number})

    def table(self, world: World, span: Span) -> pa.Table:
        """Return each subscription as the end of the span knows it.

        Only those are returned to which something happened within the span.
        """
        rows = {
            name: np.concatenate([month[name] for month in self.months])
            if self.months
            else np.zeros(0, dtype=np.int64)
            for name in self._NAMES
        }
        # Months come in order: the last row of a subscription is its latest state.
        key = rows["number"] * 1_000 + rows["spell"]
        _, from_end = np.unique(key[::-1], return_index=True)
        latest = len(key) - 1 - from_end
        rows = {name: values[latest] for name, values in rows.items()}

        def known(day: Ints) -> Ints:
            return np.where(day + 1 <= span.end_day, day, NEVER)

        started = known(rows["started"])
        requested, ends = known(rows["requested"]), known(rows["ends"])
        load = 1 + np.max(
            [np.where(day == NEVER, -1, day) for day in (started, requested, ends)],
            axis=0,
        )
        kept = (started != NEVER) & span.holds(load)
        reason = np.where(ends == NEVER, -1, rows["involuntary"])
        return pa.table(
            {
                "subscription_id": columns.ids(
                    "s", rows["number"][kept], rows["spell"][kept]
                ),
                "user_id": columns.ids("u", rows["number"][kept]),
                "plan_code": columns.choices(list(world.plans), rows["plan"][kept]),
                "started_date": columns.dates(started[kept]),
                "trial_end_date": columns.dates(rows["trial_ends"][kept]),
                "cancel_requested_date": columns.dates(requested[kept]),
                "ended_date": columns.dates(ends[kept]),
                "end_reason": columns.choices(
                    ["voluntary", "involuntary"], reason[kept]
                ),
                "loaded_at": columns.load_times(load[kept]),
            },
        )
