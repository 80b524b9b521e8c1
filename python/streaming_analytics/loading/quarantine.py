"""What was set aside: listed, explained, exported, taken in again after a repair."""

import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.loading import audit, own_rules
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import readmit as load_again
from streaming_analytics.loading.parts import Session
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.loading.set_aside import WHOLE_LINE
from streaming_analytics.loading.spreadsheets import neutralised, restore
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import WorkLock

_ID = "quarantine_id"


@dataclass(frozen=True)
class Selected:
    """Which set-aside rows are meant: all that were not taken in again, or fewer.

    Those of a load that a later one replaced are meant only when `load` names it; that
    may be the beginning of a load's name.
    """

    table: str | None = None
    load: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Kind:
    """Rows of one load that were set aside for one reason in one column."""

    load_id: str
    table: str
    column: str
    reason: str
    explanation: str
    rows: int
    example: str


def kinds(
    connection: Connection, tables: Iterable[RawTable], selected: Selected
) -> list[Kind]:
    """Return what was set aside and not taken in again, the latest load first."""
    found = []
    with connection.connect() as session:
        audit.make_audit_tables(session)
        audit.make_quarantine(session, tables)
        for table in _tables(tables, selected):
            rows = session.execute(
                sql.SQL(
                    """
                    select load_id, column_name, reason, explanation, count(*),
                        min(file || ', line ' || line) filter (where {first}),
                        max(quarantined_at) as at
                    from (
                        select *, row_number() over (
                            partition by load_id, column_name, reason
                            order by quarantine_id
                        ) as place
                        from {table}
                        where {condition}
                    ) as numbered
                    group by load_id, column_name, reason, explanation
                    order by at desc, count(*) desc
                    """
                ).format(
                    first=sql.SQL("place = 1"),
                    table=sql.Identifier(audit.QUARANTINE, table.name),
                    condition=_condition(selected),
                ),
                _parameters(selected),
            ).fetchall()
            found += [
                Kind(load, table.name, column, reason, text, count, example)
                for load, column, reason, text, count, example, _ in rows
            ]
    return found


def export(
    connection: Connection,
    tables: Iterable[RawTable],
    selected: Selected,
    directory: Path,
    *,
    for_people: bool = True,
) -> int:
    """Write set-aside rows as CSV, one file per table, to be repaired; return how many.

    Beside the contract's columns stand the row's number, which `readmit` needs, and
    why it was set aside. For people a cell that a spreadsheet would execute begins
    with an apostrophe, which `readmit` takes away.

    Raises:
        UserError: The directory has files, or cannot be written to.
    """
    written = 0
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise UserError(f"{directory} is not empty; name a new directory")
        with connection.connect() as session:
            audit.make_quarantine(session, tables)
            for table in _tables(tables, selected):
                rows = _rows(session, table, selected)
                if rows:
                    path = directory / f"{table.name}.csv"
                    _write(path, table, rows, neutralised if for_people else str)
                written += len(rows)
    except OSError as error:
        raise UserError(f"cannot write to {directory}: {error.strerror}") from error
    return written


def readmit(
    lock: WorkLock,
    tables: Iterable[RawTable],
    selected: Selected,
    repaired: Path | None,
    progress: Progress,
    codes: Path,
    *,
    assume_utc: bool = False,
) -> LoadReport | None:
    """Take rows in again: as they are, or as they stand in files that were repaired.

    They are read as by the loads that set them aside: by the rules of their own, unless
    the repaired files bring others, and without offsets when all of them were, or when
    `assume_utc` says so. What still breaks the contract is set aside again, under the
    new load. Returns None when there is nothing to take in.

    Raises:
        UserError: The files cannot be read, or too many rows still break the contract;
            then all of them stay set aside.
    """
    tables = tuple(tables)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        directory = Path(folder) / "rows"
        if repaired is not None:
            _restore(repaired, directory)
        elif not export(lock.connection, tables, selected, directory, for_people=False):
            return None
        taken = {table.name: _ids(repaired or directory, table) for table in tables}
        with lock.connection.connect() as session:
            audit.make_audit_tables(session)
            loads = audit.options_of(session, taken)
        rules = own_rules.together(each for _, each in loads)
        if rules and not (directory / own_rules.FILE).exists():
            (directory / own_rules.FILE).write_text(json.dumps(rules), "utf-8")
        options = Options(
            codes,
            ignore_unknown=True,
            assume_utc=assume_utc
            or (bool(loads) and all(assumed for assumed, _ in loads)),
        )
        return load_again(lock, directory, tables, progress, options, taken)


def _tables(tables: Iterable[RawTable], selected: Selected) -> list[RawTable]:
    tables = list(tables)
    if selected.table is None:
        return tables
    found = [table for table in tables if table.name == selected.table]
    if not found:
        names = ", ".join(table.name for table in tables)
        raise UserError(f"there is no raw table {selected.table}; known are {names}")
    return found


def _condition(selected: Selected) -> sql.SQL:
    condition = "readmitted_by is null"
    if selected.load:
        condition += " and starts_with(load_id, %(load)s)"
    else:
        condition += f" and {audit.NOT_REPLACED}"
    if selected.reason:
        condition += " and reason = %(reason)s"
    return sql.SQL(condition)


def _parameters(selected: Selected) -> dict[str, Any]:
    return {"load": selected.load, "reason": selected.reason}


def _rows(
    session: Session, table: RawTable, selected: Selected
) -> list[tuple[int, str, str, dict[str, str | None]]]:
    return session.execute(
        sql.SQL(
            "select quarantine_id, column_name, explanation, row from {} where {} "
            "order by quarantine_id"
        ).format(sql.Identifier(audit.QUARANTINE, table.name), _condition(selected)),
        _parameters(selected),
    ).fetchall()


def _write(
    path: Path,
    table: RawTable,
    rows: list[tuple[int, str, str, dict[str, str | None]]],
    written: Callable[[str], str],
) -> None:
    delivered = {name for *_, row in rows for name in row}
    names = [name for name in table.column_names if name in delivered]
    # A line whose fields cannot be told apart is shown whole, for a person to split.
    names = names or list(table.column_names)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line([*names, _ID, "set_aside_because", "line"]))
        for number, column, text, row in rows:
            why = f"{column}: {text}" if column else text
            cells = [row.get(name) for name in names]
            cells += [str(number), why, row.get(WHOLE_LINE)]
            file.write(_line([c if c is None else written(c) for c in cells]))


def _restore(repaired: Path, directory: Path) -> None:
    """Copy repaired files, with the cells that were neutralised for people restored."""
    directory.mkdir()
    for path in repaired.iterdir():
        try:
            if path.suffix == ".csv":
                restore(path, directory / path.name)
            elif path.is_file():
                shutil.copy(path, directory)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read: {error}") from error


def _line(cells: list[str | None]) -> str:
    """Return a line of CSV in which "" and NULL differ."""
    quoted = ("" if c is None else '"' + c.replace('"', '""') + '"' for c in cells)
    return ",".join(quoted) + "\n"


def _ids(directory: Path, table: RawTable) -> list[int]:
    """Return the numbers of the set-aside rows that a repaired file holds."""
    path = directory / f"{table.name}.csv"
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if _ID not in (reader.fieldnames or []):
                raise UserError(
                    f"{path} has no column {_ID}; repair a file that streaming "
                    "quarantine --export wrote"
                )
            return [int(row[_ID]) for row in reader]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
