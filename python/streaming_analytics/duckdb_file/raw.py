"""Files into the raw tables of a DuckDB file, by the raw contract that a load holds.

The files are read once, in columns, through the same checks: there is no load before a
build, and what breaks the contract is set aside for the same reasons.
"""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from streaming_analytics.arrow_types import arrow_schema
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.errors import UserError
from streaming_analytics.loading.across import Row, Wrong, late_spans, wrong_keys
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.cells import Column, Text
from streaming_analytics.loading.checked import Checked, Context
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.codes import allowed_codes
from streaming_analytics.loading.files import TableFiles, find_files
from streaming_analytics.loading.intake import Intake, Landed
from streaming_analytics.loading.known import known_keys
from streaming_analytics.loading.landing import connections
from streaming_analytics.loading.opening import header_notes
from streaming_analytics.loading.own_rules import with_own_rules
from streaming_analytics.loading.reports import LoadReport, table_report
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.loading.taking import Taking
from streaming_analytics.loading.thresholds import read_limits
from streaming_analytics.progress import Progress, Transfer
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.whole_files import whole_file

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SCHEMA = "raw"


def read_raw(
    file: DuckdbFile,
    directory: Path,
    contract: tuple[RawTable, ...],
    options: Options,
    aside: Path,
    progress: Progress,
) -> LoadReport:
    """Fill schema raw of a new file from a folder; rows set aside go to `aside`.

    Raises:
        UserError: A file cannot be read, or too many rows break the contract.
    """
    tables = with_own_rules(directory, contract)
    began = datetime.now(UTC)
    found = find_files(directory, tables)
    notes = [*found.notes, *header_notes(found.tables, options)]
    landed: dict[str, Landed] = {}
    brought = {files.table.name for files in found.tables if files.files}
    last = found.last_day
    latest = datetime.combine(last, datetime.min.time(), UTC) if last else None
    context = Context(
        known_keys(None, tables, append=False),
        allowed_codes(None, options.codes, tables, brought, append=False),
        options.assume_utc,
        round(began.timestamp() * 1e6),
        round(latest.timestamp() * 1e6) if latest else 0,
    )
    taking = Taking(options, read_limits(options.checkout, tables), None)
    transfer = Transfer(progress, sum(files.bytes for files in found.tables))
    with SetAside() as bad, file.connect() as session:
        session.execute(f"create schema {_SCHEMA}")
        for table in tables:
            _make_table(session, table)
        taker = _RawTables(session, bad)
        stopped = taking.take(taker, list(found.tables), context, landed, bad, transfer)
        progress.clear()
        _write_aside(aside, bad, landed)
    if stopped:
        raise UserError(f"{stopped}. The rows are in {aside}")
    reports = tuple(
        table_report(files, landed.get(files.table.name), {}) for files in found.tables
    )
    return LoadReport(
        {report.table.name: report.accepted for report in reports},
        (datetime.now(UTC) - began).total_seconds(),
        str(uuid.uuid4()),
        reports,
        tuple(notes),
        codes=context.codes,
    )


class _RawTables:
    """The raw tables of a file, which take the rows that pass."""

    def __init__(self, session: "duckdb.DuckDBPyConnection", bad: SetAside) -> None:
        self._session = session
        self._bad = bad
        self._lock = Lock()

    def land(
        self,
        files: TableFiles,
        checker: Checker,
        options: Options,
        advance: Callable[[int], None],
    ) -> Landed:
        """Take a table's rows; the checks run on several threads."""
        intake = Intake(files, checker, options, self._bad, advance)
        name = files.table.name

        def work() -> int:
            rows = 0
            try:
                for checked in intake:
                    rows += self._insert(files.table, checked)
            except BaseException:
                intake.stop()
                raise
            return rows

        with ThreadPoolExecutor(connections()) as pool:
            done = [pool.submit(work) for _ in range(connections())]
            intake.taken(name, sum(one.result() for one in done))
        return intake.finish()

    def _insert(self, table: RawTable, checked: Checked) -> int:
        block = _arrow_table(table, checked)
        with self._lock:
            self._session.register("block", block)
            self._session.execute(
                f"insert into {_SCHEMA}.{table.name} select * from block"
            )
            self._session.unregister("block")
        return block.num_rows

    def find_wrong(self, landed: Landed) -> list[Wrong]:
        """Return the keys that break a rule across rows; the last arrival counts."""
        table = landed.table
        if not landed.parts:
            return []
        spans, key = table.no_overlap, ", ".join(table.key)
        latest = (
            f"with latest as (select distinct on ({key}) * from "
            f"{_SCHEMA}.{table.name} order by {key}, loaded_at desc nulls last)"
        )
        overlapping, taken = [], []
        if spans is not None:
            of = ", ".join(spans.of)
            overlapping = self._session.execute(
                f"{latest} select {of}, {spans.start}, {spans.until}, true, {key} "
                f"from latest order by {of}, {spans.start}, {key}"
            ).fetchall()
            overlapping = list(late_spans(overlapping, len(spans.of)))
        if table.distinct:
            of = ", ".join(table.distinct)
            there = " and ".join(f"{name} is not null" for name in table.distinct)
            taken = self._session.execute(
                f"{latest} select {key} from latest where {there} "
                f"qualify row_number() over (partition by {of} order by {key}) > 1"
            ).fetchall()
        return wrong_keys(table, overlapping, taken)

    def remove(
        self, landed: Landed, part: str, wrong: list[Wrong]
    ) -> list[tuple[Wrong, Row]]:
        """Delete the rows of some keys, and return them as text."""
        table = landed.table
        found = []
        names = ", ".join(f"cast({name} as varchar)" for name in table.column_names)
        for each in wrong:
            conditions = " and ".join(f"{name} = ?" for name in table.key)
            rows = self._session.execute(
                f"delete from {_SCHEMA}.{part} where {conditions} returning {names}",
                list(each.key),
            ).fetchall()
            found += [
                (each, dict(zip(table.column_names, row, strict=True))) for row in rows
            ]
        return found


def _make_table(session: "duckdb.DuckDBPyConnection", table: RawTable) -> None:
    columns = ", ".join(
        f"{column.name} {'varchar' if column.type == 'string' else column.type}"
        for column in table.columns
    )
    session.execute(f"create table {_SCHEMA}.{table.name} ({columns})")


def _arrow_table(table: RawTable, checked: Checked) -> "pa.Table":
    """Return the rows that were taken, in the contract's types."""
    import pyarrow as pa

    schema = arrow_schema(table, pa.timestamp("us"))
    good = pa.array(checked.good)
    return pa.table(
        [
            _array(column, field.type).take(good)
            for column, field in zip(checked.columns, schema, strict=True)
        ],
        schema=schema,
    )


def _array(column: Column, kind: "pa.DataType") -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    if isinstance(column, Text):
        return column.to_arrow()
    if not pa.types.is_decimal(kind):
        whole = column.numbers
        if pa.types.is_boolean(kind):
            return pa.array(whole.astype(np.bool_), kind, mask=~column.valid)
        width = np.int32 if kind.bit_width == 32 else np.int64
        numbers = pa.array(whole.astype(width), mask=~column.valid)
        return numbers.view(kind)
    # Sixteen bytes a number, the sign through the upper eight.
    halves = np.empty((len(column.numbers), 2), np.int64)
    halves[:, 0] = column.numbers
    halves[:, 1] = column.numbers >> 63
    bits = np.packbits(column.valid, bitorder="little")
    return pa.Array.from_buffers(
        kind, len(column.numbers), [pa.py_buffer(bits), pa.py_buffer(halves)]
    )


def _write_aside(path: Path, bad: SetAside, landed: dict[str, Landed]) -> None:
    """Write the rows that were set aside, a line of JSON each; none, no file."""
    if not any(table.quarantined for table in landed.values()):
        path.unlink(missing_ok=True)
        return
    with (
        whole_file(path) as unfinished,
        unfinished.open("w", encoding="utf-8") as file,
    ):
        for row in bad:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
