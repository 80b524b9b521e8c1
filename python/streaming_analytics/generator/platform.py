"""The walk through the platform: unit blocks of users, month by month."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa

from streaming_analytics.errors import UserError
from streaming_analytics.generator import tables as raw
from streaming_analytics.generator.catalogue import Catalogue, build_catalogue
from streaming_analytics.generator.choice import MonthTables, build_tables
from streaming_analytics.generator.columns import MOST_MONTHS, MOST_UNITS
from streaming_analytics.generator.contract import Schemas, raw_schemas
from streaming_analytics.generator.growth import SignUps
from streaming_analytics.generator.members import Members, draw_members
from streaming_analytics.generator.month_runs import draw_runs, keep_open
from streaming_analytics.generator.prices import PriceBook, build_prices
from streaming_analytics.generator.randomness import stream
from streaming_analytics.generator.ratings import Ratings, draw_ratings
from streaming_analytics.generator.runs import Completion
from streaming_analytics.generator.sessions import SessionLengths, draw_sessions
from streaming_analytics.generator.state import UnitState
from streaming_analytics.generator.subscriptions import (
    SubscriptionMonth,
    step_subscriptions,
)
from streaming_analytics.generator.tape import lay_tape
from streaming_analytics.generator.timeline import (
    Month,
    month_number,
    months_between,
)
from streaming_analytics.generator.truth import TruthLog, shared_truth
from streaming_analytics.generator.viewing import (
    LONGEST_LATE_DAYS,
    Plays,
    cut_plays,
)
from streaming_analytics.generator.world import PART_UNITS, UNIT_USERS, World
from streaming_analytics.project import own_checkout


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


# Months whose tables are kept, about 5 MB each.
_TABLES_KEPT = 36


class Sink(Protocol):
    """Takes finished rows."""

    def add(self, table: str, rows: pa.Table, month: Month | None = None) -> None:
        """Take rows of a table; plays come with the month they began in."""


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
    def lengths(self) -> SessionLengths:
        """Lengths of sessions."""
        return SessionLengths(self.world)

    @cached_property
    def completion(self) -> Completion:
        """Shares of items that are watched."""
        return Completion(self.world)

    @cached_property
    def labels(self) -> raw.Labels:
        """Keys of titles and episodes."""
        return raw.Labels.of(self.catalogue)

    def tables_of(self, month: Month) -> MonthTables:
        """Return the shared tables of a month, kept for the parts to come."""
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
    def parts(self) -> list[range]:
        """Unit blocks of each output part."""
        return [
            range(first, min(first + PART_UNITS, self.units))
            for first in range(0, self.units, PART_UNITS)
        ]


@dataclass
class UnitMonth:
    """What a unit block did in a month."""

    members: Members
    month: Month
    subscriptions: SubscriptionMonth
    plays: Plays
    ratings: Ratings


def step_unit(
    platform: Platform, members: Members, state: UnitState, tables: MonthTables
) -> UnitMonth:
    """Move a unit block through one month, changing its state."""
    world, catalogue, month = platform.world, platform.catalogue, tables.month
    subscriptions = step_subscriptions(world, members, platform.prices, state, month)
    rng = stream(world.seed, "viewing", members.unit, month.number)
    access = subscriptions.access_from, subscriptions.access_to
    sessions = draw_sessions(
        world, members, state, tables, platform.lengths, access, rng
    )
    runs = draw_runs(
        *(world, catalogue, members, state, tables, platform.completion),
        *(sessions, rng),
    )
    tape = lay_tape(runs, sessions)
    plays, last_play = cut_plays(
        world, members, tables, sessions, runs, tape, access[1], rng
    )
    keep_open(state, runs, tape.item_start, tape.user_end)
    ratings = draw_ratings(
        *(world, catalogue, members, state, runs, tape, plays, last_play),
        stream(world.seed, "ratings", members.unit, month.number),
    )
    _remember_satisfaction(state, runs.user, runs.liking)
    return UnitMonth(members, month, subscriptions, plays, ratings)


# Share of last month's impression that stays.
_MEMORY = 0.6


def _remember_satisfaction(
    state: UnitState, user: np.ndarray, liking: np.ndarray
) -> None:
    count = np.bincount(user, minlength=len(state.satisfaction))
    total = np.bincount(user, weights=liking, minlength=len(state.satisfaction))
    # The square root keeps heavy viewers from averaging out to nothing.
    impression = total / np.sqrt(np.maximum(count, 1))
    state.satisfaction = np.where(
        count > 0,
        _MEMORY * state.satisfaction + (1 - _MEMORY) * impression,
        _MEMORY * state.satisfaction,
    )


@dataclass
class Snapshot:
    """Unit blocks as they stood before a month."""

    month: int
    states: dict[int, UnitState]


def walk_part(
    platform: Platform,
    units: Iterable[int],
    span: Span,
    sink: Sink,
    before: Snapshot | None = None,
    keep: Callable[[Snapshot], None] | None = None,
) -> Iterator[Month]:
    """Walk unit blocks through the months, giving the sink the rows of the span.

    Args:
        platform: Laid out to the end of the span.
        units: Unit blocks of one part.
        span: Loads whose rows are wanted.
        sink: Takes the rows, and tables of the truth named truth/...
        before: Where to go on from; by default from the first month.
        keep: Called once with the snapshot from which a later span can go on.

    Yields:
        Each month when it is done, for progress.
    """
    members = {
        unit: draw_members(platform.world, platform.signups, unit) for unit in units
    }
    states = {} if before is None else dict(before.states)
    first = platform.months[0].number if before is None else before.month
    spells, truth = raw.SpellLog(), TruthLog(platform)
    for month in (month for month in platform.months if month.number >= first):
        if keep is not None and month.number == span.resume_month(platform.world):
            keep(Snapshot(month.number, states))
        tables = None
        plays = []
        for unit, block in members.items():
            if block.signup_day[0] >= month.end_day:
                continue
            if unit not in states:
                states[unit] = UnitState.fresh(block, platform.catalogue.size)
            tables = tables or platform.tables_of(month)
            done = step_unit(platform, block, states[unit], tables)
            spells.add(block, done.subscriptions)
            truth.add(block, month, done.subscriptions)
            for name, rows in raw.unit_month_tables(platform, done, span).items():
                if name == "viewing":
                    plays.append(rows)
                else:
                    sink.add(name, rows, month)
        if plays:
            # One row group for all: its dictionaries are written once.
            sink.add("viewing", pa.concat_tables(plays), month)
        yield month
    subscriptions = spells.table(platform.world, span)
    if subscriptions.num_rows:
        sink.add("subscriptions", subscriptions)
    for name, rows in truth.tables(list(members.values()), span).items():
        sink.add(f"truth/{name}", rows)


def shared_tables(platform: Platform, span: Span) -> dict[str, pa.Table]:
    """Return the tables that do not belong to users: catalogue, prices, spend."""
    return raw.shared_tables(
        platform.world,
        platform.catalogue,
        platform.prices,
        platform.signups,
        platform.months,
        span,
    )


class MemorySink:
    """Keeps rows in memory, for tests and small runs."""

    def __init__(self) -> None:
        """Start empty."""
        self.rows: dict[str, list[pa.Table]] = {}

    def add(self, table: str, rows: pa.Table, month: Month | None = None) -> None:
        """Keep the rows."""
        self.rows.setdefault(table, []).append(rows)

    def tables(self) -> dict[str, pa.Table]:
        """Return everything so far, one table each."""
        return {
            name: pa.concat_tables(batches).unify_dictionaries()
            for name, batches in self.rows.items()
        }


def simulate(
    world: World, days: int, schemas: Schemas | None = None
) -> dict[str, pa.Table]:
    """Return every raw table of the platform's first `days` days, in memory.

    The tables of the truth are among them, named truth/...

    Args:
        world: The world.
        days: Days from its start.
        schemas: The raw contract; by default that of the checkout of this code.
    """
    schemas = schemas or raw_schemas(own_checkout().raw_contract)
    span = Span(world.start_day + days)
    platform = Platform(world, span.end_day)
    sink = MemorySink()
    for part in platform.parts:
        for _ in walk_part(platform, part, span, sink):
            pass
    empty = {name: schema.empty_table() for name, schema in schemas.items()}
    truth = {f"truth/{name}": rows for name, rows in shared_truth(platform).items()}
    found = shared_tables(platform, span) | sink.tables()
    ordered = {
        name: rows.select(schemas[name].names) if name in schemas else rows
        for name, rows in found.items()
    }
    return empty | truth | ordered
