"""Publishing: one transaction makes the audited candidate what BI sees.

Rows of the published tables change in place, so readers are not blocked, never see
two builds at once, and grants, dependent views, policies and comments stay.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.publishing.builds import Build, newest_build
from streaming_analytics.publishing.catalogue import (
    Table,
    TableName,
    read_tables,
    require_tables,
    schemas_like,
)
from streaming_analytics.publishing.changes import (
    ChangedRows,
    changed_rows,
    forget_changes,
)
from streaming_analytics.publishing.counts import keep_counts
from streaming_analytics.publishing.fingerprint import require_audited
from streaming_analytics.publishing.foreign_keys import (
    check_foreign_keys,
    suspend_foreign_keys,
)
from streaming_analytics.publishing.locks import (
    lock_out_readers,
    lock_tables,
    retried,
)
from streaming_analytics.publishing.rows import RowChanges, publish_rows
from streaming_analytics.publishing.shape import (
    Pair,
    add_foreign_keys,
    drop_foreign_keys,
    finish_table,
    identifier,
    pair_tables,
    prepare_table,
)
from streaming_analytics.publishing.undo import UndoLog
from streaming_analytics.warehouse.regional_roles import grant_regions
from streaming_analytics.warehouse.roles import Reader, grant_marts
from streaming_analytics.warehouse.work_lock import WorkLock

CANDIDATE_TARGET = "candidate"
CANDIDATE_PREFIX = f"{CANDIDATE_TARGET}_"
_PUBLISHED_SCHEMAS = "mart_.*"

SETTINGS = """
-- Names in what the catalogue prints are qualified only beyond the search path.
set local search_path = '';
-- A publication must not wait for ever behind somebody's open transaction.
set local lock_timeout = '15s';
-- The differences of a large fact are found by a hash join.
set local work_mem = '256MB';
"""


@dataclass(frozen=True)
class Publication:
    """What was published: changes per table, dropped tables, seconds it took."""

    build: Build
    tables: dict[TableName, RowChanges]
    dropped: tuple[TableName, ...]
    seconds: float


def publish(lock: WorkLock, reader: Reader, progress: Progress) -> Publication | None:
    """Publish the newest build, or return None when it is published already.

    Raises:
        UserError: The newest build did not pass, or something in the warehouse
            stands in the way; what was published before stays as it was.
    """
    build = newest_build(lock.connection)
    if build.status == "published":
        return None
    _require_passed(build)
    began = time.monotonic()
    with explained_errors("published", "streaming publish"):
        publication = retried(
            lambda: _publish_at_once(lock, build, reader, progress, began)
        )
        progress.clear()
    return publication


def _publish_at_once(
    lock: WorkLock, build: Build, reader: Reader, progress: Progress, began: float
) -> Publication:
    with lock.connection.connect(application="streaming publish") as session:
        session.execute(SETTINGS)
        publication = _publish(session, build, reader, progress, began)
        progress.update("committing")
        lock.require_held(session)
    return publication


def _publish(
    session: psycopg.Connection[Any],
    build: Build,
    reader: Reader,
    progress: Progress,
    began: float,
) -> Publication:
    schemas = schemas_like(session, f"{CANDIDATE_PREFIX}({_PUBLISHED_SCHEMAS})")
    require_tables(session, schemas)
    candidates = read_tables(session, schemas)
    _require_keys(candidates)
    names = {
        name: TableName(name.schema.removeprefix(CANDIDATE_PREFIX), name.table)
        for name in candidates
    }
    targets = [schema.removeprefix(CANDIDATE_PREFIX) for schema in schemas]
    for schema in targets:
        session.execute(
            sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        )
    present = read_tables(session, schemas_like(session, _PUBLISHED_SCHEMAS))
    pairs = pair_tables(candidates, present, names)
    lock_tables(session, pairs)
    with progress.step("comparing the candidate with what was audited"):
        require_audited(session, build, CANDIDATE_TARGET)

    undo = UndoLog(session, build.build_id)
    leaving = _tables_that_left(session, set(names.values()), present)
    changes = {}
    logs = changed_rows(session, CANDIDATE_TARGET, _rows_published(session))
    # A log says which rows changed, not what became of columns.
    recorded = {
        pair.wanted.name: logs[pair.wanted.name.table]
        for pair in pairs
        if pair.is_alike and pair.wanted.name.table in logs
    }
    with suspend_foreign_keys(session) as are_suspended:
        # While keys are checked row by row, a table cannot change its shape after rows.
        early = [pair for pair in pairs if are_suspended and pair.stays_open]
        for pair in early:
            changes[pair.wanted.name] = _publish_rows(
                session, pair, undo, recorded, progress
            )
        # Readers are shut out of what changes its shape for as short as can be.
        lock_out_readers(session, pairs, leaving)
        drop_foreign_keys(session, pairs)
        for name in leaving:
            session.execute(sql.SQL("drop table {}").format(identifier(name)))
            undo.obstruct(name, "was dropped in it")
        for pair in pairs:
            prepare_table(session, pair)
        for pair in pairs:
            if pair not in early:
                changes[pair.wanted.name] = _publish_rows(
                    session, pair, undo, recorded, progress
                )
    progress.update("checking keys")
    present = read_tables(session, targets)
    wanted = [pair.wanted for pair in pairs]
    for table in wanted:
        finish_table(session, table, present[table.name])
    if are_suspended:
        check_foreign_keys(session, changes, recorded)
    for table in wanted:
        add_foreign_keys(session, table, present[table.name])
    # Says now, and not at the commit, which row breaks a key.
    session.execute("set constraints all immediate")

    for name, change in changes.items():
        if change.any:
            session.execute(sql.SQL("analyze {}").format(identifier(name)))
    grant_marts(session, reader, [s for s in targets if s.startswith("mart_")])
    grant_regions(session)
    seconds = time.monotonic() - began
    _record(session, build, changes, seconds)
    undo.record()
    keep_counts(session, CANDIDATE_TARGET)
    forget_changes(session, CANDIDATE_TARGET)
    return Publication(build, changes, leaving, seconds)


def _require_passed(build: Build) -> None:
    if build.status == "passed":
        return
    if build.status == "partial":
        raise UserError(
            "the newest build made a selection of the models only; "
            "build all of them before publishing: streaming build"
        )
    named = ", ".join(build.failed_tests[:5]) or "it did not finish"
    raise UserError(
        f"the newest build did not pass ({named}), so the published marts stay as "
        "they are; repair it and run: streaming build"
    )


def _require_keys(candidates: Mapping[TableName, Table]) -> None:
    if not candidates:
        raise UserError(
            f"there is no table in schemas {CANDIDATE_PREFIX}mart_*; "
            "run: streaming build"
        )
    for name, table in candidates.items():
        if not table.primary_key:
            raise UserError(
                f"{name} has no primary key, so its rows cannot be matched; "
                "add a primary_key constraint to the model's contract"
            )


def _publish_rows(
    session: psycopg.Connection[Any],
    pair: Pair,
    undo: UndoLog,
    recorded: Mapping[TableName, ChangedRows],
    progress: Progress,
) -> RowChanges:
    name = pair.wanted.name
    progress.update(f"publishing {name}")
    return publish_rows(session, pair, undo, recorded.get(name))


def _tables_that_left(
    session: psycopg.Connection[Any],
    wanted: set[TableName],
    present: Mapping[TableName, Table],
) -> tuple[TableName, ...]:
    """Return what the last publication made and the candidate no longer has.

    Tables that somebody else made in a published schema are not ours to drop.
    """
    row = session.execute(
        """
        select array(select jsonb_object_keys(table_changes))
        from audit.build_info
        order by published_at desc
        limit 1
        """
    ).fetchone()
    ours = set(row[0]) if row else set()
    return tuple(n for n in present if str(n) in ours and n not in wanted)


def _rows_published(session: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many rows the last publication left in each table, by its name."""
    row = session.execute(
        """
        select table_changes from audit.build_info
        order by published_at desc
        limit 1
        """
    ).fetchone()
    changes: dict[str, dict[str, int]] = row[0] if row else {}
    return {name.partition(".")[2]: change["rows"] for name, change in changes.items()}


def _record(
    session: psycopg.Connection[Any],
    build: Build,
    changes: Mapping[TableName, RowChanges],
    seconds: float,
) -> None:
    session.execute(
        """
        insert into audit.build_info (
            build_id, raw_data, code_version, as_of_date, tables, rows,
            rows_inserted, rows_updated, rows_deleted, duration_seconds,
            table_changes, published_at
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
        """,
        [
            build.build_id,
            build.raw_data,
            build.code_version,
            build.as_of_date,
            len(changes),
            sum(change.rows for change in changes.values()),
            sum(change.inserted for change in changes.values()),
            sum(change.updated for change in changes.values()),
            sum(change.deleted for change in changes.values()),
            round(seconds, 3),
            Jsonb({str(name): asdict(change) for name, change in changes.items()}),
        ],
    )
    session.execute(
        "update audit.builds set status = 'published' where build_id = %s",
        [build.build_id],
    )


@contextmanager
def explained_errors(done: str, command: str) -> Generator[None]:
    """Turn what the warehouse's state can cause into one line for the user.

    Args:
        done: What was not done, as a participle.
        command: What to run once the cause is gone.
    """
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise UserError(
            f"nothing was {done}, the marts stay as they were: a session with an "
            "open transaction holds a table that has to change its shape; end that "
            f"session and run: {command}"
        ) from error
    except (
        psycopg.IntegrityError,
        psycopg.OperationalError,
        psycopg.errors.DependentObjectsStillExist,
        # "cannot alter type of a column used by a view or rule"
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.InsufficientPrivilege,
        psycopg.DataError,
    ) as error:
        diagnosis = error.diag
        parts = [
            diagnosis.message_primary or str(error),
            diagnosis.message_detail,
            f"table {diagnosis.schema_name}.{diagnosis.table_name}"
            if diagnosis.table_name
            else None,
        ]
        reason = "; ".join(part for part in parts if part)
        raise UserError(
            f"nothing was {done}, the marts stay as they were: {reason}"
        ) from error
