"""The walk through a platform: unit blocks of users, month by month."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import pyarrow as pa

from streaming_analytics.generator.accounts.members import draw_members
from streaming_analytics.generator.output.contract import (
    Schemas,
    as_delivered,
    raw_schemas,
)
from streaming_analytics.generator.output.ground_truth import TruthLog, shared_truth
from streaming_analytics.generator.output.shared_tables import shared_tables
from streaming_analytics.generator.output.spells import SpellLog
from streaming_analytics.generator.output.user_tables import Labels, unit_month_tables
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.simulation.state import Snapshot, UnitState
from streaming_analytics.generator.simulation.unit_month import step_unit
from streaming_analytics.generator.world.calendar import Month
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import World
from streaming_analytics.project import own_checkout


class Sink(Protocol):
    """Takes finished rows."""

    def add(self, table: str, rows: pa.Table, month: Month | None = None) -> None:
        """Take rows of a table; plays come with the month they began in."""


def walk_shard(
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
        units: Unit blocks of one shard.
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
    spells, truth = SpellLog(), TruthLog(platform)
    labels = Labels.of(platform.catalogue)
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
            for name, rows in unit_month_tables(platform, labels, done, span).items():
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
    for shard in platform.shards:
        for _ in walk_shard(platform, shard, span, sink):
            pass
    empty = {name: schema.empty_table() for name, schema in schemas.items()}
    truth = {f"truth/{name}": rows for name, rows in shared_truth(platform).items()}
    found = shared_tables(platform, span) | sink.tables()
    ordered = {
        name: as_delivered(rows, schemas[name]) if name in schemas else rows
        for name, rows in found.items()
    }
    return empty | truth | ordered
