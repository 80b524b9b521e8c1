"""What is remembered of the members of a unit block from one month to the next."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.world.calendar import NEVER
from streaming_analytics.generator.world.world import UNIT_USERS

NOBODY, ACTIVE, LAPSED = 0, 1, 2


@dataclass
class AccountState:
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

    @classmethod
    def fresh(cls, members: Members) -> Self:
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
        )
