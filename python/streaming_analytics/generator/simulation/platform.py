"""A world laid out to the end of a span: all that unit blocks share."""

from dataclasses import dataclass, field
from functools import cached_property

from streaming_analytics.errors import UserError
from streaming_analytics.generator.accounts.growth import SignUps
from streaming_analytics.generator.accounts.prices import PriceBook, build_prices
from streaming_analytics.generator.catalogue.catalogue import (
    Catalogue,
    build_catalogue,
)
from streaming_analytics.generator.numeric.play_keys import MOST_MONTHS, MOST_UNITS
from streaming_analytics.generator.watching.choice import MonthTables, build_tables
from streaming_analytics.generator.watching.offer import Offer
from streaming_analytics.generator.watching.sessions import SessionLengths
from streaming_analytics.generator.world.calendar import Month, months_between
from streaming_analytics.generator.world.world import SHARD_UNITS, UNIT_USERS, World

# Months whose tables are kept, about 5 MB each.
_TABLES_KEPT = 36


@dataclass
class Platform:
    """A world laid out to the end of a span: all that unit blocks share."""

    world: World
    end_day: int
    _tables: dict[int, MonthTables] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that every play can have a key of its own.

        Raises:
            UserError: There are too many months or users.
        """
        if len(self.months) > MOST_MONTHS:
            raise UserError(
                f"{len(self.months):,} months are more than the keys of plays can "
                f"number, {MOST_MONTHS:,}; give fewer --days"
            )
        if self.units > MOST_UNITS:
            raise UserError(
                f"{self.units * UNIT_USERS:,} users are more than the keys of plays "
                f"can number, {MOST_UNITS * UNIT_USERS:,}; give fewer --users or --days"
            )

    @cached_property
    def months(self) -> list[Month]:
        """Months of the span."""
        return months_between(self.world.start_day, self.end_day)

    @cached_property
    def signups(self) -> SignUps:
        """Who signs up when."""
        return SignUps(self.world, self.months[-1].end_day)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every title released by the end of the last month."""
        return build_catalogue(self.world, self.months[-1].end_day)

    @cached_property
    def prices(self) -> PriceBook:
        """Prices of the plans."""
        return build_prices(self.world, self.months[-1].end_day)

    @cached_property
    def session_lengths(self) -> SessionLengths:
        """Lengths of sessions."""
        return SessionLengths(self.world)

    @cached_property
    def offer(self) -> Offer:
        """The catalogue as the loops look it up."""
        return Offer.of(self.world, self.catalogue)

    def tables_of(self, month: Month) -> MonthTables:
        """Return the shared tables of a month, kept for the shards to come."""
        tables = self._tables.get(month.number)
        if tables is None:
            tables = build_tables(self.world, self.catalogue, month)
            # Memory must not grow with the span: a longer one works them out again.
            if len(self._tables) < _TABLES_KEPT:
                self._tables[month.number] = tables
        return tables

    @property
    def units(self) -> int:
        """Unit blocks that have users by the end."""
        return self.signups.units_before(self.end_day)

    @property
    def shards(self) -> list[range]:
        """Unit blocks of each output shard."""
        return [
            range(first, min(first + SHARD_UNITS, self.units))
            for first in range(0, self.units, SHARD_UNITS)
        ]
