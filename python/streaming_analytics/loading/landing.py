"""Landing: a table's files through the checks into parts, over several connections."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Self

from streaming_analytics.errors import UserError
from streaming_analytics.loading import parts
from streaming_analytics.loading.blocks import Block, Options
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.copy_format import HEADER, TRAILER, encode
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.findings import Findings
from streaming_analytics.loading.gaps import count_gaps
from streaming_analytics.loading.opening import open_file
from streaming_analytics.loading.reasons import Reason
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection

# One connection keeps one core of the server busy.
_MOST_CONNECTIONS = 4
_SERIES_NAMED = 5
# A table of which so many rows and such a share are wrong is read no further.
_HOPELESS_ROWS, _HOPELESS_SHARE = 100_000, 0.2


@dataclass
class Landed:
    """What became of a table's rows.

    Attributes:
        rows: Rows read, by file.
        parts: Rows taken, by the part that holds them.
        quarantined: Rows set aside.
        gaps: Rows taken without an optional column that marts make use of, by column.
        is_whole: Whether the files were read to their end.
    """

    table: RawTable
    findings: Findings = field(default_factory=Findings)
    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    is_whole: bool = True

    @property
    def rows_in(self) -> int:
        """Rows of all files."""
        return sum(self.rows.values())

    @property
    def accepted(self) -> int:
        """Rows in the parts, as the server counted them."""
        return sum(self.parts.values())

    @property
    def wrong(self) -> int:
        """Rows set aside for a reason of their own, not of the row they refer to."""
        return self.quarantined - self.findings.count(Reason.PARENT_ASIDE)

    @property
    def is_hopeless(self) -> bool:
        """Whether reading on would show nothing new."""
        return (
            self.quarantined >= _HOPELESS_ROWS
            and self.quarantined >= _HOPELESS_SHARE * self.rows_in
        )


def connections() -> int:
    """Return how many connections a load works on at a time."""
    return min(max(os.cpu_count() or 1, 2), _MOST_CONNECTIONS)


class Landing:
    """Connections that fill parts; closing it drops the parts nobody took over."""

    def __init__(self, connection: Connection, load_id: str, bad: SetAside) -> None:
        """Open the connections."""
        self._stack = ExitStack()
        self._sessions = [
            self._stack.enter_context(connection.connect(application="streaming load"))
            for _ in range(connections())
        ]
        self._load_id = load_id
        self._bad = bad

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections; what they had not committed is gone."""
        self._stack.close()

    def land(
        self,
        files: TableFiles,
        checker: Checker,
        options: Options,
        advance: Callable[[int], None],
    ) -> Landed:
        """Bring a table's files into parts.

        Raises:
            UserError: A file cannot be read.
        """
        landed = Landed(files.table)
        opened = [open_file(file.path, files.table, options) for file in files.files]
        by_path = {file.path: file.name for file in files.files}
        landed.rows = dict.fromkeys(by_path.values(), 0)
        lines = _Line(chain.from_iterable(file.blocks() for file in opened))
        lock = Lock()
        unlisted: Counter[str] = Counter()

        def check(block: Block) -> tuple[memoryview, int]:
            checked = checker.check(block)
            wrong = self._bad.add(files.table, block, checked, landed.findings)
            good = checked.good
            gaps = count_gaps(files.table, checked)
            with lock:
                landed.gaps.update(gaps)
                landed.rows[by_path[block.path]] += block.rows
                landed.quarantined += wrong
                for (column, reason), rows in checked.repairs.items():
                    landed.findings.add_repairs(column, reason, rows)
                if checked.warned is not None and checked.warned.any():
                    landed.findings.warn(
                        "plays of a series that name no episode, so nothing is known "
                        "of what part of it was watched",
                        int(checked.warned.sum()),
                    )
                unlisted.update(checked.unlisted)
                advance(block.bytes)
                if landed.is_hopeless:
                    landed.is_whole = False
                    lines.stop()
            checker.learn(checked)
            columns = list(zip(checked.columns, checker.types, strict=True))
            return encode(columns, good).data, len(good)

        def fill(worker: int) -> None:
            name = f"{files.table.name}_{self._load_id[:8]}_{worker}"
            try:
                rows = self._fill(worker, name, files.table, map(check, lines))
            except BaseException:
                lines.stop()
                raise
            if rows:
                with lock:
                    landed.parts[name] = rows

        with ThreadPoolExecutor(len(self._sessions)) as pool:
            for done in [pool.submit(fill, n) for n in range(len(self._sessions))]:
                done.result()
        if unlisted:
            named = ", ".join(sorted(unlisted)[:_SERIES_NAMED])
            more = ", ..." if len(unlisted) > _SERIES_NAMED else ""
            landed.findings.warn(
                f"plays of {len(unlisted):,} series without any episode ({named}"
                f"{more}), whose length is therefore not known: no views, no "
                "completion; deliver their episodes",
                unlisted.total(),
            )
        return landed

    def _fill(
        self,
        worker: int,
        name: str,
        table: RawTable,
        encoded: Iterator[tuple[memoryview, int]],
    ) -> int:
        """Write encoded rows into a part; return how many the server took."""
        session = self._sessions[worker]
        first = next(encoded, None)
        if first is None:
            return 0
        sent = 0
        parts.make_part(session, name, table)
        with session.cursor() as cursor:
            with cursor.copy(parts.copy_statement(name, table)) as copy:
                copy.write(HEADER)
                for data, rows in chain([first], encoded):
                    copy.write(data)
                    sent += rows
                copy.write(TRAILER)
            if cursor.rowcount != sent:
                raise UserError(
                    f"the server took {cursor.rowcount:,} of {sent:,} rows of "
                    f"{table.name}; nothing was loaded"
                )
        session.commit()
        return sent


class _Line:
    """An iterator that several threads take from."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._lock = Lock()
        self._is_stopped = False

    def __iter__(self) -> Iterator[Block]:
        while True:
            with self._lock:
                block = None if self._is_stopped else next(self._blocks, None)
            if block is None:
                return
            yield block

    def stop(self) -> None:
        """Give out nothing more."""
        self._is_stopped = True
