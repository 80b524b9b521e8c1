"""What a load or a check did, in lines for people."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from streaming_analytics.loading.codes import codes_of
from streaming_analytics.loading.findings import Finding
from streaming_analytics.loading.gaps import describe_gaps
from streaming_analytics.loading.outlook import describe_outlook
from streaming_analytics.loading.reasons import Reason
from streaming_analytics.loading.reports import LoadReport, TableReport

_NEAREST = 0.4
# Of two or three letters, one that is the same is chance.
_NEAREST_OF_SHORT = 0.7
_SHORT = 3
_MOST_NAMED = 20


def describe_load(report: LoadReport, aside: Path | None = None) -> Iterator[str]:
    """Yield a line per table, what was set aside or put right, and the sum.

    Rows that were set aside are in the file `aside`, without one in the quarantine.
    """
    for table in _told(report):
        yield _counts(table)
        yield from _findings(table)
    total = sum(report.rows.values())
    yield (
        f"{total:,} rows in {report.seconds:.1f} s "
        f"({total / max(report.seconds, 1e-3):,.0f} rows/s)"
    )
    wrong = sum(table.quarantined for table in report.tables)
    if wrong:
        look = (
            f"they are in {aside}"
            if aside
            else f"see them with: streaming quarantine --load {report.load_id[:8]}"
        )
        yield f"{wrong:,} rows were set aside; {look}"


def describe_check(report: LoadReport) -> Iterator[str]:
    """Yield what a load of the same files would take and set aside, and why."""
    for table in _told(report):
        yield _counts(table)
        yield from _findings(table)
        for finding in table.findings:
            yield from _allowed(table, finding, report)
            for example in finding.examples:
                yield f"    row at {example}"
    wrong = sum(table.quarantined for table in report.tables)
    together = {
        name: rows + report.before.get(name, 0) for name, rows in report.rows.items()
    }
    yield from describe_outlook([t.table for t in report.tables], together)
    yield from describe_gaps((t.table, t.gaps) for t in report.tables)
    yield f"nothing was loaded; {wrong:,} rows would be set aside"


def _told(report: LoadReport) -> list[TableReport]:
    """Leave out tables of codes without a row: those of the seeds hold."""
    return [t for t in report.tables if t.rows_in or not t.table.has_default]


def _counts(table: TableReport) -> str:
    name = table.table.name
    if not table.files:
        return f"{name:<20} {'absent':>12}"
    if not table.rows_in:
        return f"{name:<20} {'empty':>12}"
    text = f"{name:<20} {table.accepted:>12,}"
    if table.quarantined:
        text += f"  {table.quarantined:,} set aside"
    if table.repeated:
        text += f"  {table.repeated:,} loaded before"
    if table.came_again:
        text += f"  {table.came_again:,} with a key that was there"
        text += " (the latest loaded_at holds)"
    if not table.is_whole:
        text += f"  (read {table.rows_in:,} rows and stopped: too many are wrong)"
    return text


def _findings(table: TableReport) -> Iterator[str]:
    for finding in table.findings:
        yield f"  {'put right' if finding.is_repair else 'set aside'}: " + (
            finding.describe()
        )
    for text, rows in table.warnings.items():
        yield f"  look at: {rows:,} {text}"


def _allowed(table: TableReport, finding: Finding, report: LoadReport) -> Iterator[str]:
    """Yield the allowed codes, and for each wrong one the nearest."""
    if finding.reason != Reason.NOT_ALLOWED:
        return
    codes = codes_of(table.table.by_name[finding.column], report.codes)
    more = f" and {len(codes) - _MOST_NAMED:,} more" if len(codes) > _MOST_NAMED else ""
    yield f"    allowed: {', '.join(codes[:_MOST_NAMED])}{more}"
    spelt = {code.lower(): code for code in codes}
    for value in finding.values:
        enough = _NEAREST if len(value) > _SHORT else _NEAREST_OF_SHORT
        near = difflib.get_close_matches(value.lower(), spelt, 1, enough)
        if near:
            yield f"    {value!r} is nearest to {spelt[near[0]]}"
