"""Readers of three marts, who hold what they see at one moment to what must be true."""

import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

import psycopg

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

#: Each table has the number of the build that made its rows.
PARTS = (
    "select count(*), min(build), max(build) from {core}.dim_users",
    "select count(*), min(build), max(build) from {core}.fct_plays",
    "select sum(plays), min(build), max(build) from {engagement}.agg_plays_by_user",
)
TOGETHER = " union all ".join(
    f"(select {n}, * from ({p}) as p)" for n, p in enumerate(PARTS)
)
# A negative number stands for a build that was never to be seen.
POISONED = 0


@dataclass
class Readings:
    """What readers saw: reads by kind, and the seconds that each took."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    builds: set[int] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    others: list["Readings"] = field(default_factory=list)

    @property
    def reads(self) -> int:
        """All reads, whatever they saw; of those who still read, too."""
        return self.counts.total() + sum(one.reads for one in self.others)

    @property
    def bad(self) -> dict[str, int]:
        """Reads that must not be, by kind."""
        return {kind: n for kind, n in self.counts.items() if kind != "good" and n}

    @property
    def p99(self) -> float:
        """Milliseconds that one read in a hundred took longer than."""
        return 1_000 * quantiles(self.seconds, n=100)[-1]

    def add(self, other: "Readings") -> None:
        """Add what another reader saw."""
        self.counts += other.counts
        self.seconds += other.seconds
        self.builds |= other.builds
        self.errors += other.errors

    def judge(self, rows: Sequence[tuple]) -> None:
        """Count a read by what it saw: users, plays, and plays by user."""
        (users, *_), (plays, *_), (by_user, *_) = rows
        builds = {build for _, *both in rows for build in both}
        if not (users and plays and by_user):
            self.counts["empty"] += 1
        elif len(builds) != 1 or plays != by_user:
            self.counts["inconsistent"] += 1
        elif min(builds) < POISONED:
            self.counts["poisoned"] += 1
        else:
            self.counts["good"] += 1
        self.builds |= builds - {None}


@dataclass(frozen=True)
class Marts:
    """Where the marts are: the published schemas, or those that dbt writes."""

    connection: Connection
    prefix: str = ""

    def query(self, text: str) -> str:
        """Return a query on these marts."""
        return text.format(
            core=f"{self.prefix}mart_core", engagement=f"{self.prefix}mart_engagement"
        )


@contextmanager
def reading(marts: Marts, readers: int) -> Generator[Readings]:
    """Let readers read while the block runs; what they saw is whole at its end.

    Every second one reads all marts in a statement, the others one after the other in
    a transaction (repeatable read), with a pause in it now and then.
    """
    own = [Readings() for _ in range(readers)]
    found, done = Readings(others=own), threading.Event()
    threads = [
        threading.Thread(target=_read, args=(marts, number, own[number], done))
        for number in range(readers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        done.set()
        for thread in threads:
            thread.join()
        found.others = []
        for one in own:
            found.add(one)


def _read(marts: Marts, number: int, found: Readings, done: threading.Event) -> None:
    with marts.connection.connect(autocommit=True) as session:
        while not done.is_set():
            began = time.monotonic()
            paused = 0.0
            try:
                if number % 2:
                    rows = session.execute(trusted(marts.query(TOGETHER))).fetchall()
                    rows = [row[1:] for row in sorted(rows)]
                else:
                    is_slow = found.reads % 20 == 0
                    rows = _in_a_transaction(session, marts, 0.1 if is_slow else 0)
                    paused = 0.2 if is_slow else 0
            except psycopg.Error as error:
                found.counts["failing"] += 1
                found.errors[type(error).__name__] += 1
                if session.closed:
                    return
                continue
            found.seconds.append(time.monotonic() - began - paused)
            found.judge(rows)


def _in_a_transaction(
    session: psycopg.Connection, marts: Marts, pause: float
) -> list[tuple]:
    rows = []
    with session.transaction():
        session.execute("set transaction isolation level repeatable read")
        for part in PARTS:
            if rows:
                time.sleep(pause)
            rows += session.execute(trusted(marts.query(part))).fetchall()
    return rows
