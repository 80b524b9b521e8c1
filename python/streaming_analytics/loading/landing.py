"""Landing: a table's files through the checks into parts, over several connections."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import Self

from streaming_analytics.errors import UserError
from streaming_analytics.loading import across, parts
from streaming_analytics.loading.across import Row, Wrong
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.copy_format import HEADER, TRAILER, encode
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.intake import Intake, Landed
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection

# One connection keeps one core of the server busy.
_MOST_CONNECTIONS = 4


def connections() -> int:
    """Return how many connections a load works on at a time."""
    return min(max(os.cpu_count() or 1, 2), _MOST_CONNECTIONS)


class Landing:
    """Connections that fill parts; closing it drops the parts nobody took over."""

    def __init__(
        self,
        connection: Connection,
        session: parts.Session,
        load_id: str,
        bad: SetAside,
        *,
        append: bool,
    ) -> None:
        """Open the connections beside the load's own session."""
        self._session = session
        self._append = append
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
        intake = Intake(files, checker, options, self._bad, advance)

        def encoded() -> Iterator[tuple[memoryview, int]]:
            for checked in intake:
                good = checked.good
                columns = list(zip(checked.columns, checker.types, strict=True))
                yield encode(columns, good).data, len(good)

        def fill(worker: int) -> None:
            name = f"{files.table.name}_{self._load_id[:8]}_{worker}"
            try:
                intake.taken(name, self._fill(worker, name, files.table, encoded()))
            except BaseException:
                intake.stop()
                raise

        with ThreadPoolExecutor(len(self._sessions)) as pool:
            for done in [pool.submit(fill, n) for n in range(len(self._sessions))]:
                done.result()
        return intake.finish()

    def find_wrong(self, landed: Landed) -> list[Wrong]:
        """Return the keys among the rows taken that break a rule across rows."""
        return across.find_wrong(
            self._session, landed.table, list(landed.parts), append=self._append
        )

    def remove(
        self, landed: Landed, part: str, wrong: list[Wrong]
    ) -> list[tuple[Wrong, Row]]:
        """Delete the rows of some keys from a part, and return them as text."""
        return across.remove(self._session, landed.table, part, wrong)

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
