"""What a unit block carries from one month to the next."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue import NEVER
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.open_runs import OpenRuns
from streaming_analytics.generator.world import UNIT_USERS

NOBODY, ACTIVE, LAPSED = 0, 1, 2
# Marks a title in `seen` as rated, or as one to go on with; the lower bits count the
# seasons taken up.
RATED, OPEN = 0x80, 0x40
SEASONS = 0x3F


@dataclass
class UnitState:
    """Arrays with one entry per user, changed in place month by month."""

    status: NDArray[np.int8]
    spell: NDArray[np.int64]  # number of the current or last subscription, from 1
    plan: NDArray[np.int64]
    spell_plan: NDArray[np.int64]  # plan on the first day of the subscription
    trial_ends: NDArray[np.int64]  # first paid day after a trial, NEVER without one
    involuntary: NDArray[np.bool_]  # whether the last subscription ended by payment
    started: NDArray[np.int64]
    paid_from: NDArray[np.int64]
    requested: NDArray[np.int64]  # day of the request to cancel, or NEVER
    ends: NDArray[np.int64]  # first day without access, or NEVER
    bills: NDArray[np.int64]  # bills of the subscription so far
    changes: NDArray[np.int64]  # plan changes of the subscription so far
    last_price: NDArray[np.int64]  # cents of the last bill, 0 before the first
    since_rise: NDArray[np.int64]  # bills since the last price rise

    interest: NDArray[np.float64]
    dormant: NDArray[np.bool_]
    satisfaction: NDArray[np.float64]

    open: OpenRuns  # what to go on with
    seen: NDArray[np.uint8]  # user x title

    @classmethod
    def fresh(cls, members: Members, titles: int) -> "UnitState":
        """Return the state before anybody has signed up."""
        count = UNIT_USERS

        def ints(value: int) -> NDArray[np.int64]:
            return np.full(count, value, dtype=np.int64)

        return cls(
            status=np.zeros(count, dtype=np.int8),
            spell=ints(0),
            plan=members.first_plan.copy(),
            spell_plan=members.first_plan.copy(),
            trial_ends=ints(NEVER),
            involuntary=np.zeros(count, dtype=bool),
            started=ints(NEVER),
            paid_from=ints(NEVER),
            requested=ints(NEVER),
            ends=ints(NEVER),
            bills=ints(0),
            changes=ints(0),
            last_price=ints(0),
            since_rise=ints(99),
            interest=np.zeros(count),
            dormant=np.zeros(count, dtype=bool),
            satisfaction=np.zeros(count),
            open=OpenRuns.none(),
            seen=np.zeros((count, titles), dtype=np.uint8),
        )

    def arrays(self) -> dict[str, NDArray]:
        """Return the arrays by name, those of open runs as open_..."""
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        opened = own.pop("open").arrays()
        return own | {f"open_{name}": values for name, values in opened.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray]) -> "UnitState":
        """Return the state of which `arrays` were returned."""
        prefix = "open_"
        opened = {n.removeprefix(prefix): a for n, a in arrays.items() if prefix in n}
        own = {n: a for n, a in arrays.items() if prefix not in n}
        return cls(**own, open=OpenRuns(**opened))
