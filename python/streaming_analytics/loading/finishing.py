"""The end of a load: one transaction that takes its rows over and records it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.loading import audit, parts
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.intake import Landed
from streaming_analytics.loading.parts import Session
from streaming_analytics.loading.reasons import MESSAGES
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection

# The mode of a load whose rows were set aside before.
READMIT = "readmit"
# Half of the server's default: raw tables are read whole, so that estimates of joins on
# them are all that is asked for, and a sample of 15,000 rows gives those.
_STATISTICS = "set default_statistics_target = 50"
# Days by which stg_streaming_app__viewing_days adds up the plays. Of an expression the
# planner knows nothing: it takes every play for a day of its own, and reads the plays
# by one process where several would do.
_DAYS_OF_PLAYS = """
create statistics if not exists raw.days_of_plays
on
    (coalesce(cast(started_at as date), cast('0001-01-01' as date))),
    (coalesce(cast(loaded_at as date), cast('0001-01-01' as date)))
from raw.viewing
"""


@dataclass(frozen=True)
class Ending:
    """What is to be recorded of a load.

    Attributes:
        load_id: Its name.
        directory: Where its files are.
        mode: replace, append or readmit.
        began: When it began.
        stopped: Why it was stopped; empty for one that goes through.
        files: All files, by table.
        repeated: Rows of files that were loaded before, by table and file.
        readmits: Numbers in the quarantine of the rows that are taken in again, by
            table.
        assume_utc: Whether moments without an offset were taken for UTC.
        rules: Limits that the folder's own rules moved.
    """

    load_id: str
    directory: Path
    mode: str
    began: datetime
    stopped: str
    files: Sequence[TableFiles]
    repeated: dict[str, dict[str, int]]
    readmits: Mapping[str, Sequence[int]]
    assume_utc: bool
    rules: Mapping[str, Any]


def finish(
    session: Session,
    ending: Ending,
    landed: dict[str, Landed],
    bad: SetAside,
    progress: Progress,
) -> None:
    """Take the rows over and record the load, in one transaction.

    A stopped load is recorded with the rows that it set aside, and takes nothing over.
    Those of a stopped readmission lie in the quarantine already.

    Raises:
        UserError: The rows do not add up.
    """
    tables = [files.table for files in ending.files]
    with session.transaction():
        # Readers of the raw tables, such as another build, hold them.
        session.execute("set local lock_timeout = '30s'")
        audit.write_load(session, ending.load_id, ending)
        before: dict[str, int] = {}
        if not ending.stopped:
            for table in tables:
                progress.update(f"taking over {table.name}")
                before[table.name] = _take_over(session, ending, table, landed)
        _record(session, ending, landed, before)
        wrong = [table for table in tables if _quarantined(landed, table)]
        if not ending.stopped:
            audit.mark_readmitted(session, ending.load_id, ending.readmits)
        if not (ending.stopped and ending.mode == READMIT):
            audit.write_quarantine(session, ending.load_id, wrong, bad)


def analyse(
    connection: Connection, ending: Ending, landed: dict[str, Landed], sessions: int
) -> None:
    """Let the server look at the tables that have other rows now, several at once.

    Without it the load stands all the same, and the server does so by itself later.
    """
    changed = [
        files.table
        for files in ending.files
        if ending.mode == "replace" or _accepted(landed, files.table)
    ]
    # The longest ones first, so that none of them is left to one session in the end.
    changed.sort(key=lambda table: -_accepted(landed, table))
    waiting = iter(changed)
    lock = Lock()

    def work() -> None:
        with (
            suppress(psycopg.Error),
            connection.connect(
                application="streaming load", autocommit=True
            ) as session,
        ):
            session.execute(_STATISTICS)
            while True:
                with lock:
                    table = next(waiting, None)
                if table is None:
                    return
                name = sql.Identifier(parts.RAW, table.name)
                if table.name == "viewing":
                    session.execute(_DAYS_OF_PLAYS)
                session.execute(sql.SQL("analyze {}").format(name))

    with ThreadPoolExecutor(sessions) as pool:
        for done in [pool.submit(work) for _ in range(sessions)]:
            done.result()


def _take_over(
    session: Session, ending: Ending, table: RawTable, landed: dict[str, Landed]
) -> int:
    """Take a table's parts over; return how many rows it had before."""
    if ending.mode == "replace":
        parts.make_empty(session, table)
        before = 0
    elif _accepted(landed, table) or parts.present_columns(session, table):
        parts.require_shape(session, table)
        before = parts.count_rows(session, table)
    else:
        parts.make_empty(session, table)
        before = 0
    if table.name in landed:
        parts.take_over(session, table, landed[table.name].parts, ending.mode)
    return before


def _record(
    session: Session,
    ending: Ending,
    landed: dict[str, Landed],
    before: dict[str, int],
) -> None:
    for files in ending.files:
        name = files.table.name
        repeated = ending.repeated.get(name, {})
        result = landed.get(name)
        read = result.rows if result else {}
        for file in files.files:
            if file.name in repeated or file.name in read:
                audit.write_file(
                    session,
                    ending.load_id,
                    name,
                    file,
                    (read | repeated)[file.name],
                    is_repeated=file.name in repeated,
                )
        if ending.stopped:
            continue
        after = parts.count_rows(session, files.table)
        accepted = result.accepted if result else 0
        counts = {
            "rows_in": (result.rows_in if result else 0) + sum(repeated.values()),
            "rows_accepted": accepted,
            "rows_quarantined": result.quarantined if result else 0,
            "rows_repeated": sum(repeated.values()),
            "rows_before": before[name],
            "rows_after": after,
        }
        taken = counts["rows_accepted"] + counts["rows_quarantined"]
        if (
            counts["rows_in"] != taken + counts["rows_repeated"]
            or after != before[name] + accepted
        ):
            raise UserError(
                f"the rows of {name} do not add up ({counts}); nothing was loaded, "
                "please report this"
            )
        audit.write_reconciliation(session, ending.load_id, name, ending.mode, counts)
        if result:
            _record_findings(session, ending.load_id, name, result)


def _record_findings(
    session: Session, load_id: str, table: str, landed: Landed
) -> None:
    for finding in landed.findings:
        level = "repaired" if finding.is_repair else "quarantined"
        text = MESSAGES[finding.reason]
        audit.write_finding(
            session, load_id, table, (finding.column, text, level, finding.rows)
        )
    for text, rows in landed.findings.warnings.items():
        audit.write_finding(session, load_id, table, ("", text, "warned", rows))


def _accepted(landed: dict[str, Landed], table: RawTable) -> int:
    return landed[table.name].accepted if table.name in landed else 0


def _quarantined(landed: dict[str, Landed], table: RawTable) -> int:
    return landed[table.name].quarantined if table.name in landed else 0
