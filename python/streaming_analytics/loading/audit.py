"""The record of loads: what came in, what was taken, what was set aside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from streaming_analytics.loading.files import DataFile
from streaming_analytics.loading.set_aside import BadRow
from streaming_analytics.raw_contract import RawTable

QUARANTINE = "raw_quarantine"
# Of rows of the quarantine. A load that replaced everything delivered its own version.
NOT_REPLACED = """not exists (
    select from audit.loads
    where mode = 'replace' and status = 'loaded' and started_at > quarantined_at
)"""
Session = psycopg.Connection[Any]


class LoadFacts(Protocol):
    """What is recorded of a load; `stopped` says why, if it was."""

    @property
    def directory(self) -> Path: ...  # noqa: D102
    @property
    def mode(self) -> str: ...  # noqa: D102
    @property
    def stopped(self) -> str: ...  # noqa: D102
    @property
    def began(self) -> datetime: ...  # noqa: D102
    @property
    def assume_utc(self) -> bool: ...  # noqa: D102
    @property
    def rules(self) -> Mapping[str, Any]: ...  # noqa: D102


_TABLES = """
create schema if not exists audit;

create table if not exists audit.loads (
    load_id text primary key,
    directory text not null,
    mode text not null check (mode in ('replace', 'append', 'readmit')),
    status text not null check (status in ('loaded', 'stopped')),
    message text not null default '',
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
);
comment on table audit.loads is
    'One row per load that read its files to the end: loaded, or stopped by the rules.';

create table if not exists audit.loaded_files (
    load_id text not null references audit.loads,
    table_name text not null,
    file text not null,
    bytes bigint not null,
    rows bigint not null,
    sha256 text not null,
    is_repeated boolean not null,
    primary key (load_id, table_name, file)
);
comment on table audit.loaded_files is
    'One row per file of a load; a repeated one was loaded before and adds nothing.';

create table if not exists audit.row_reconciliation (
    load_id text not null references audit.loads,
    table_name text not null,
    mode text not null,
    rows_in bigint not null,
    rows_accepted bigint not null,
    rows_quarantined bigint not null,
    rows_repeated bigint not null,
    rows_before bigint not null,
    rows_after bigint not null,
    loaded_at timestamptz not null default clock_timestamp(),
    primary key (load_id, table_name),
    check (rows_in = rows_accepted + rows_quarantined + rows_repeated),
    check (rows_after = rows_before + rows_accepted)
);
comment on table audit.row_reconciliation is
    'One row per load and raw table: in = accepted + quarantined + repeated, counted '
    'by the server; after = before + accepted.';

create table if not exists audit.load_findings (
    load_id text not null references audit.loads,
    table_name text not null,
    column_name text not null,
    finding text not null,
    level text not null check (level in ('quarantined', 'repaired', 'warned')),
    rows bigint not null,
    primary key (load_id, table_name, column_name, finding)
);
comment on table audit.load_findings is
    'One row per load, table, column and finding, with the rows it concerns.';

create table if not exists audit.load_options (
    load_id text primary key references audit.loads,
    assume_utc boolean not null,
    rules jsonb not null
);
comment on table audit.load_options is
    'One row per load with how it read its files: rows that it set aside are taken in '
    'again by the same rules.';
"""

_QUARANTINE_TABLE = """
create table if not exists {} (
    quarantine_id bigint generated always as identity primary key,
    load_id text not null,
    file text not null,
    line bigint not null,
    column_name text not null,
    reason text not null,
    explanation text not null,
    value text,
    row jsonb not null,
    quarantined_at timestamptz not null default clock_timestamp(),
    readmitted_by text
)
"""


def make_audit_tables(session: Session) -> None:
    """Make the tables of loads where they are missing."""
    session.execute(_TABLES)


def make_quarantine(session: Session, tables: Iterable[RawTable]) -> None:
    """Make a table of set-aside rows for each raw table where it is missing."""
    session.execute(
        sql.SQL("create schema if not exists {}").format(sql.Identifier(QUARANTINE))
    )
    for table in tables:
        session.execute(
            sql.SQL(_QUARANTINE_TABLE).format(sql.Identifier(QUARANTINE, table.name))
        )


def write_quarantine(
    session: Session,
    load_id: str,
    tables: Iterable[RawTable],
    rows: Iterable[BadRow],
) -> None:
    """Write rows that were set aside."""
    for table in tables:
        statement = sql.SQL(
            "copy {} (load_id, file, line, column_name, reason, explanation, value, "
            "row) from stdin"
        ).format(sql.Identifier(QUARANTINE, table.name))
        with session.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                if row.table == table.name:
                    copy.write_row(
                        (
                            load_id,
                            row.file,
                            row.line,
                            row.column,
                            row.reason,
                            row.explanation,
                            row.value,
                            Jsonb(row.row),
                        )
                    )


def mark_readmitted(
    session: Session, load_id: str, numbers: Mapping[str, Sequence[int]]
) -> None:
    """Mark set-aside rows, by table and number, as taken in again by a load."""
    for table, own in numbers.items():
        session.execute(
            sql.SQL(
                "update {} set readmitted_by = %s where quarantine_id = any(%s)"
            ).format(sql.Identifier(QUARANTINE, table)),
            [load_id, list(own)],
        )


def options_of(
    session: Session, numbers: Mapping[str, Sequence[int]]
) -> list[tuple[bool, dict[str, Any]]]:
    """Return how the loads that set some rows aside read them, the latest load last.

    Each has whether moments without an offset are UTC, and the rules of its own. The
    rows are named by their numbers in the quarantine, by table.
    """
    loads = {
        load
        for table, own in numbers.items()
        for (load,) in session.execute(
            sql.SQL(
                "select distinct load_id from {} where quarantine_id = any(%s)"
            ).format(sql.Identifier(QUARANTINE, table)),
            [list(own)],
        )
    }
    # Of loads from before these were kept nothing is known, and nothing is assumed.
    return session.execute(
        """
        select coalesce(assume_utc, false), coalesce(rules, '{}')
        from audit.loads
        left join audit.load_options using (load_id)
        where load_id = any(%s)
        order by started_at
        """,
        [list(loads)],
    ).fetchall()


def warnings_of_loads(session: Session) -> list[str]:
    """Return what the loads warned of whose rows schema raw holds, a line each."""
    make_audit_tables(session)
    rows = session.execute(
        """
        select table_name, finding, sum(load_findings.rows)
        from audit.load_findings
        inner join audit.loads using (load_id)
        where status = 'loaded' and level = 'warned' and started_at >= coalesce(
            (
                select max(started_at) from audit.loads
                where status = 'loaded' and mode = 'replace'
            ),
            '-infinity'
        )
        group by table_name, finding
        order by table_name, finding
        """
    ).fetchall()
    return [f"load of {table}: {count:,} {text}" for table, text, count in rows]


def write_load(session: Session, load_id: str, load: LoadFacts) -> None:
    """Record a load."""
    session.execute(
        """
        insert into audit.loads (load_id, directory, mode, status, message, started_at)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [
            load_id,
            str(load.directory),
            load.mode,
            "stopped" if load.stopped else "loaded",
            load.stopped,
            load.began,
        ],
    )
    session.execute(
        "insert into audit.load_options (load_id, assume_utc, rules) "
        "values (%s, %s, %s)",
        [load_id, load.assume_utc, Jsonb(load.rules)],
    )


def write_file(
    session: Session,
    load_id: str,
    table: str,
    file: DataFile,
    rows: int,
    *,
    is_repeated: bool,
) -> None:
    """Record a file of a load."""
    session.execute(
        """
        insert into audit.loaded_files
            (load_id, table_name, file, bytes, rows, sha256, is_repeated)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [load_id, table, file.name, file.bytes, rows, file.sha256, is_repeated],
    )


def write_reconciliation(
    session: Session, load_id: str, table: str, mode: str, counts: dict[str, int]
) -> None:
    """Record how the rows of a table add up."""
    session.execute(
        """
        insert into audit.row_reconciliation (
            load_id, table_name, mode, rows_in, rows_accepted, rows_quarantined,
            rows_repeated, rows_before, rows_after
        )
        values (
            %(load_id)s, %(table)s, %(mode)s, %(rows_in)s, %(rows_accepted)s,
            %(rows_quarantined)s, %(rows_repeated)s, %(rows_before)s, %(rows_after)s
        )
        """,
        {"load_id": load_id, "table": table, "mode": mode, **counts},
    )


def write_finding(
    session: Session, load_id: str, table: str, finding: tuple[str, str, str, int]
) -> None:
    """Record a finding: its column, what it is, its level and rows."""
    session.execute(
        """
        insert into audit.load_findings
            (load_id, table_name, column_name, finding, level, rows)
        values (%s, %s, %s, %s, %s, %s)
        """,
        [load_id, table, *finding],
    )
