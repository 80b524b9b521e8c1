"""The load: every file of a directory into schema `raw`, or none of it."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.loading.files import TableFiles, check_headers, find_files
from streaming_analytics.loading.sources import csv_blocks
from streaming_analytics.progress import Progress, Transfer
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import WorkLock

SCHEMA = "raw"

# `COPY viewing, line 3, column started_at: "soon"`, without column or value when
# the line as a whole is wrong.
_COPY_CONTEXT = re.compile(
    r'COPY \S+, line (?P<line>\d+)(, column (?P<column>\w+))?(: "(?P<value>.*)")?',
    re.DOTALL,
)
_VALUE_CHARACTERS_SHOWN = 60


@dataclass(frozen=True)
class LoadReport:
    """Rows per raw table, and how long all of it took in seconds."""

    rows: dict[str, int]
    seconds: float


def load(
    lock: WorkLock,
    directory: Path,
    tables: Iterable[RawTable],
    progress: Progress,
    *,
    append: bool = False,
) -> LoadReport:
    """Bring the files of `directory` into schema `raw`, in one transaction.

    Without `append` they replace what is there. Rows that are appended twice do no
    harm: staging keeps the last arrival of each key.

    Raises:
        UserError: A file is missing or breaks the contract; nothing was changed.
    """
    began = time.monotonic()
    found = find_files(directory, tables)
    check_headers(found)
    transfer = Transfer(progress, sum(files.bytes for files in found))
    rows = {}
    try:
        with lock.connection.connect(application="streaming load") as session:
            # Readers of the raw tables, such as another build, hold them.
            session.execute("set local lock_timeout = '30s'")
            session.execute(f"create schema if not exists {SCHEMA}")
            for files in found:
                if append:
                    _require_shape(session, files.table)
                else:
                    _make_empty(session, files.table)
                rows[files.table.name] = _copy(session, files, transfer)
            for files in found:
                progress.update(f"analysing {files.table.name}")
                session.execute(
                    sql.SQL("analyze {}").format(_qualified(files.table.name))
                )
    except psycopg.errors.LockNotAvailable as error:
        raise UserError(
            f"a table of schema {SCHEMA} is in use by another session; "
            "close it and load again"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise UserError(
            f"user {lock.connection.user} may not write schema {SCHEMA} of "
            f"{lock.connection}: {error.diag.message_primary}"
        ) from error
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"the load did not finish and changed nothing: {reason}"
        ) from error
    finally:
        progress.clear()
    return LoadReport(rows, time.monotonic() - began)


def _make_empty(session: psycopg.Connection, table: RawTable) -> None:
    """Leave an empty table of the contract's shape.

    A table of an older contract is made anew; views on it, such as the staging
    models, go with it and come back with the next build.
    """
    wanted = _wanted_columns(table)
    name = _qualified(table.name)
    if _present_columns(session, table) == wanted:
        session.execute(sql.SQL("truncate {}").format(name))
        return
    session.execute(sql.SQL("drop table if exists {} cascade").format(name))
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), trusted(type_))
        for column, type_ in wanted
    )
    session.execute(sql.SQL("create table {} ({})").format(name, columns))


def _require_shape(session: psycopg.Connection, table: RawTable) -> None:
    if _present_columns(session, table) != _wanted_columns(table):
        raise UserError(
            f"{SCHEMA}.{table.name} is not there, or not of the contract's shape, so "
            "nothing can be appended to it; load a whole directory without --append"
        )


def _wanted_columns(table: RawTable) -> list[tuple[str, str]]:
    return [(column.name, _postgres_type(column.type)) for column in table.columns]


def _present_columns(
    session: psycopg.Connection, table: RawTable
) -> list[tuple[str, str]]:
    return session.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        [f"{SCHEMA}.{table.name}"],
    ).fetchall()


def _copy(session: psycopg.Connection, files: TableFiles, transfer: Transfer) -> int:
    table = files.table
    statement = sql.SQL("copy {} ({}) from stdin (format csv, header true)").format(
        _qualified(table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.column_names)),
    )
    rows = 0
    for path in files.paths:

        def advance(moved: int, label: str = f"loading {table.name}") -> None:
            transfer.advance(moved, label)

        try:
            with session.cursor() as cursor:
                with cursor.copy(statement) as copy:
                    for block in csv_blocks(path, table, advance):
                        copy.write(block)
                rows += cursor.rowcount
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise UserError(_explain(path, error)) from error
    return rows


def _explain(path: Path, error: psycopg.Error) -> str:
    reason = error.diag.message_primary or str(error)
    place = _COPY_CONTEXT.search(error.diag.context or "")
    if place is None:
        return f"{path}: {reason}; nothing was loaded"
    where = f"{path}, {_position(path, int(place['line']))}"
    if place["column"]:
        where += f", column {place['column']}"
    if place["value"] and place["column"]:
        value = place["value"]
        if len(value) > _VALUE_CHARACTERS_SHOWN:
            value = value[:_VALUE_CHARACTERS_SHOWN] + "..."
        where += f', value "{value}"'
    return f"{where}: {reason}; nothing was loaded"


def _position(path: Path, line: int) -> str:
    # A Parquet file goes through COPY with a header line in front.
    return f"row {line - 1}" if path.suffix == ".parquet" else f"line {line}"


def _postgres_type(type_: str) -> str:
    """Return the type as `format_type` spells it."""
    if type_.startswith("numeric("):
        return type_.replace(" ", "")
    return {
        "string": "text",
        "timestamp": "timestamp without time zone",
    }.get(type_, type_)


def _qualified(table: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, table)
