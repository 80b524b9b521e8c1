"""The load: every file of a directory into schema `raw`, or none of it."""

import time
import uuid
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.loading import audit, parts
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.checked import Context
from streaming_analytics.loading.codes import allowed_codes
from streaming_analytics.loading.files import Found, TableFiles, find_files
from streaming_analytics.loading.finishing import READMIT, Ending, analyse, finish
from streaming_analytics.loading.intake import Landed
from streaming_analytics.loading.known import (
    known_files,
    known_keys,
    launch,
    waiting_keys,
)
from streaming_analytics.loading.landing import Landing, connections
from streaming_analytics.loading.opening import header_notes
from streaming_analytics.loading.own_rules import read_own_rules, with_own_rules
from streaming_analytics.loading.rates import known_rates
from streaming_analytics.loading.reports import LoadReport, table_report
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.loading.taking import Taking
from streaming_analytics.loading.thresholds import read_limits
from streaming_analytics.progress import Progress, Transfer
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import WorkLock

SCHEMA = parts.RAW


def load(
    lock: WorkLock,
    directory: Path,
    tables: Iterable[RawTable],
    progress: Progress,
    *,
    options: Options,
    append: bool = False,
) -> LoadReport:
    """Bring the files of `directory` into schema `raw`, all of them or none.

    Without `append` they replace what is there. With it, a file that was loaded
    before adds nothing. Rows that break the contract go to `raw_quarantine`.

    Raises:
        UserError: A file cannot be read, or too many rows break the contract; schema
            `raw` is as it was.
    """
    mode = "append" if append else "replace"
    run = _Run(lock, directory, tuple(tables), options, mode)
    report = run.run(progress)
    if report.stopped:
        raise UserError(report.stopped)
    return report


def check(
    lock: WorkLock,
    directory: Path,
    tables: Iterable[RawTable],
    progress: Progress,
    *,
    options: Options,
    append: bool = False,
) -> LoadReport:
    """Do everything that `load` does, short of changing anything.

    Raises:
        UserError: A file cannot be read.
    """
    mode = "append" if append else "replace"
    run = _Run(lock, directory, tuple(tables), options, mode, is_dry=True)
    return run.run(progress)


def readmit(
    lock: WorkLock,
    directory: Path,
    tables: Iterable[RawTable],
    progress: Progress,
    options: Options,
    numbers: Mapping[str, Sequence[int]],
) -> LoadReport:
    """Append rows that had been set aside, from files that were written of them.

    `numbers` has their numbers in the quarantine, by table; they are marked as taken in
    again when the rows are.

    Raises:
        UserError: Too many rows still break the contract; all stay set aside.
    """
    run = _Run(lock, directory, tuple(tables), options, READMIT, readmits=numbers)
    report = run.run(progress)
    if report.stopped:
        raise UserError(
            f"{report.stopped}. All rows stay set aside; repair them with: streaming "
            "quarantine --export DIR"
        )
    return report


class _Run:
    """One load."""

    def __init__(
        self,
        lock: WorkLock,
        directory: Path,
        tables: tuple[RawTable, ...],
        options: Options,
        mode: str,
        *,
        is_dry: bool = False,
        readmits: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self._connection = lock.connection
        self._directory = directory
        self._tables = with_own_rules(directory, tables)
        self._rules = read_own_rules(directory)
        self._options = options
        self._limits = read_limits(options.checkout, self._tables)
        self._mode = mode
        self._is_dry = is_dry
        self._readmits = readmits or {}
        self._id = str(uuid.uuid4())
        self._began = datetime.now(UTC)

    @property
    def _taking(self) -> Taking:
        return Taking(
            self._options,
            self._limits,
            None if self._is_dry or self._mode == READMIT else self._id,
            self._is_dry,
            self._appends,
        )

    @property
    def _appends(self) -> bool:
        return self._mode != "replace"

    def run(self, progress: Progress) -> LoadReport:
        began = time.monotonic()
        found = find_files(self._directory, self._tables)
        notes = [*found.notes, *header_notes(found.tables, self._options)]
        transfer = Transfer(progress, sum(files.bytes for files in found.tables))
        landed: dict[str, Landed] = {}
        before: dict[str, int] = {}
        with (
            _told_in_a_line(self._connection),
            SetAside() as bad,
            self._connection.connect(
                application="streaming load", autocommit=True
            ) as session,
        ):
            try:
                fresh, repeated = self._prepare(session, found)
                context = self._context(session, fresh, found)
                with Landing(
                    self._connection, session, self._id, bad, append=self._appends
                ) as landing:
                    stopped = self._taking.take(
                        landing, fresh, context, landed, bad, transfer
                    )
                if self._is_dry and self._appends:
                    before = {
                        table.name: parts.count_rows(session, table)
                        for table in self._tables
                    }
                if not self._is_dry:
                    ending = Ending(
                        self._id,
                        self._options.source or self._directory,
                        self._mode,
                        self._began,
                        stopped,
                        found.tables,
                        repeated,
                        self._readmits,
                        self._options.assume_utc,
                        self._rules,
                    )
                    finish(session, ending, landed, bad, progress)
                    if not stopped:
                        progress.update("analysing")
                        analyse(self._connection, ending, landed, connections())
            finally:
                progress.clear()
                self._drop_rest(session)
        reports = tuple(
            table_report(files, landed.get(files.table.name), repeated)
            for files in found.tables
        )
        rows = {report.table.name: report.accepted for report in reports}
        return LoadReport(
            rows,
            time.monotonic() - began,
            self._id,
            reports,
            tuple(notes),
            stopped,
            context.codes,
            before,
        )

    def _prepare(
        self, session: parts.Session, found: Found
    ) -> tuple[list[TableFiles], dict[str, dict[str, int]]]:
        """Make schemas; return the files to load, and the rows of repeated ones."""
        with session.transaction():
            parts.make_schemas(session)
            audit.make_audit_tables(session)
            audit.make_quarantine(session, self._tables)
        known = known_files(session) if self._appends else {}
        fresh, repeated = [], {}
        for files in found.tables:
            name = files.table.name
            again = [f for f in files.files if (name, f.sha256) in known]
            repeated[name] = {f.name: known[name, f.sha256] for f in again}
            kept = tuple(file for file in files.files if file not in again)
            fresh.append(replace(files, files=kept))
        return fresh, repeated

    def _context(
        self, session: parts.Session, fresh: list[TableFiles], found: Found
    ) -> Context:
        with session.transaction():
            codes = allowed_codes(
                session,
                self._options.codes,
                self._tables,
                {files.table.name for files in fresh if files.files},
                append=self._appends,
            )
            keys = known_keys(session, self._tables, append=self._appends)
            first = launch(session, self._tables) if self._appends else {}
            rates = known_rates(session, self._tables, append=self._appends)
            waiting = waiting_keys(session, self._tables) if self._appends else {}
        latest = 0
        if found.last_day is not None:
            latest = datetime.combine(
                found.last_day, datetime.min.time(), UTC
            ).timestamp()
        return Context(
            keys,
            codes,
            self._options.assume_utc,
            round(self._began.timestamp() * 1e6),
            round(latest * 1e6),
            launch=first,
            rates=rates,
            waiting=waiting,
        )

    def _drop_rest(self, session: parts.Session) -> None:
        """Drop the parts that were not taken over."""
        with suppress(psycopg.Error), session.transaction():
            parts.make_schemas(session)


@contextmanager
def _told_in_a_line(connection: Connection) -> Generator[None]:
    """Turn what the server says into a line that a user can act on."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise UserError(
            f"a table of schema {SCHEMA} is in use by another session; "
            "close it and load again"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise UserError(
            f"user {connection.user} may not write schema {SCHEMA} of "
            f"{connection}: {error.diag.message_primary}"
        ) from error
    except psycopg.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(
            f"the load did not finish and changed nothing: {reason}"
        ) from error
