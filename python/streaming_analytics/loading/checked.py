"""What a check of rows knows beforehand, and what it found."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.casts import Reasons
from streaming_analytics.loading.cells import Column, Flags
from streaming_analytics.loading.codes import Codes
from streaming_analytics.loading.keys import Hashes, Keys
from streaming_analytics.loading.rates import Rates
from streaming_analytics.loading.reasons import Reason

NO_COLUMN = -1


@dataclass(frozen=True)
class Context:
    """What a check needs to know beyond the rows.

    Attributes:
        keys: Keys of the tables that others refer to.
        codes: Codes that are allowed, by the table that states them.
        assume_utc: Moments without an offset are UTC.
        now: Moment of the load, in microseconds since 1970.
        latest: Day of the last load of a generated platform, in microseconds.
        aside: Keys of rows that were set aside, by table.
        waiting: Keys of rows that earlier loads set aside, by table.
        launch: Moment of the first sign-up by table of accounts, in microseconds.
        kept: Keys that a table lacks and keeps, since others still describe them.
        rates: Since when there are exchange rates of a currency.
    """

    keys: Mapping[str, Keys]
    codes: Mapping[str, Codes]
    assume_utc: bool
    now: int
    latest: int = 0
    aside: dict[str, Keys] = field(default_factory=dict)
    kept: dict[str, Keys] = field(default_factory=dict)
    launch: dict[str, int] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    waiting: Mapping[str, Keys] = field(default_factory=dict)

    def why_unknown(
        self, parent: str, hashes: Hashes, unknown: Flags
    ) -> Iterator[tuple[Flags, Reason]]:
        """Yield reasons of rows that refer to a key which is not there, the best first.

        Args:
            parent: The table that they refer to.
            hashes: Of the keys.
            unknown: Which rows these are.
        """
        for keys, reason in (
            (self.aside.get(parent), Reason.PARENT_ASIDE),
            (self.waiting.get(parent), Reason.PARENT_WAITS),
        ):
            if keys is not None and unknown.any():
                yield unknown & (keys.find(hashes) >= 0), reason
        yield unknown, Reason.UNKNOWN


@dataclass
class Checked:
    """A block in the contract's types.

    Attributes:
        columns: By the contract's order.
        reasons: By row, a `Reason`, or 0 for a row that is taken.
        where: By row, the number of the column that is wrong, `NO_COLUMN` for the row.
        repairs: Values that were put right, by column and reason.
        warned: Plays of a series that name no episode, by row.
        unlisted: Plays of a series that has no episodes at all, by the series' key.
    """

    columns: list[Column]
    reasons: Reasons
    where: NDArray[np.int8]
    repairs: dict[tuple[str, Reason], int] = field(default_factory=dict)
    warned: Flags | None = None
    unlisted: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> NDArray[np.int64]:
        """Numbers of the rows that are taken."""
        return np.flatnonzero(self.reasons == 0)

    def mark(self, wrong: Flags, column: int, reason: Reason) -> None:
        """Note what is wrong, in rows that nothing is wrong with yet."""
        if wrong.any():
            rows = wrong & (self.reasons == 0)
            self.reasons[rows] = reason
            self.where[rows] = column
