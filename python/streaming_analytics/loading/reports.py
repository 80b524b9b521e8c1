"""What a load did, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streaming_analytics.loading.codes import Codes
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.findings import Finding
from streaming_analytics.loading.intake import Landed
from streaming_analytics.raw_contract import RawTable


@dataclass(frozen=True)
class TableReport:
    """What became of a raw table's rows; `files` is 0 where the table is absent.

    `came_again` counts the rows taken whose key was there, of tables that others refer
    to; `gaps` those that lack an optional column which marts make use of.
    """

    table: RawTable
    files: int
    rows_in: int
    accepted: int
    quarantined: int
    repeated: int
    came_again: int = 0
    findings: tuple[Finding, ...] = ()
    warnings: dict[str, int] = field(default_factory=dict)
    is_whole: bool = True
    gaps: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadReport:
    """What a load did.

    Attributes:
        rows: Accepted rows by raw table.
        seconds: How long all of it took.
        load_id: Its name in schema audit.
        tables: What became of each table's rows.
        notes: Lines for people: files and columns left out.
        stopped: Why nothing was loaded; empty for a load that went through.
        codes: Codes that were allowed, by the table that states them.
        before: Rows that are there already, which those of a check come beside.
    """

    rows: dict[str, int]
    seconds: float
    load_id: str = ""
    tables: tuple[TableReport, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str = ""
    codes: Mapping[str, Codes] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)


def table_report(
    files: TableFiles, landed: Landed | None, repeated: dict[str, dict[str, int]]
) -> TableReport:
    """Sum up a table; `repeated` has the rows of files that were loaded before."""
    again = sum(repeated.get(files.table.name, {}).values())
    count = len(files.files)
    if landed is None:
        return TableReport(files.table, count, again, 0, 0, again)
    return TableReport(
        files.table,
        count,
        landed.rows_in + again,
        landed.accepted,
        landed.quarantined,
        again,
        landed.came_again,
        tuple(landed.findings),
        landed.findings.warnings,
        landed.is_whole,
        dict(landed.gaps),
    )


def warnings_of(report: LoadReport) -> list[str]:
    """Return what is to be looked at in a load, a line each."""
    return [
        f"load of {table.table.name}: {rows:,} {text}"
        for table in sorted(report.tables, key=lambda each: each.table.name)
        for text, rows in sorted(table.warnings.items())
    ]
