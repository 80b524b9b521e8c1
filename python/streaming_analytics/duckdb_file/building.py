"""A file that is built beside another, and takes its place in one step."""

import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.duckdb_file.file import DuckdbFile, DuckdbFitStore
from streaming_analytics.duckdb_file.quoting import literal
from streaming_analytics.errors import UserError
from streaming_analytics.held_folder import held_folder

if TYPE_CHECKING:
    import duckdb

# Versions of what the platform changes in place: they are there once, or lost.
_HISTORY = "snapshots"
# What a file is handed on with: the rest has names, addresses and birth dates.
_HANDED_ON = ("ml", "audit", _HISTORY)
_MARTS = "mart_"
# The name by which a file is attached whose tables are copied.
_SOURCE = "source"


@dataclass(frozen=True)
class BuildingSite:
    """A folder beside a file in which its successor is built, held by one job.

    Attributes:
        target: The file that is replaced in the end.
        folder: Where the work lies.
    """

    target: Path
    folder: Path

    @property
    def work(self) -> DuckdbFile:
        """What dbt builds: raw rows, all steps, the marts."""
        return DuckdbFile(self.folder / "work.duckdb")

    def fitting(self) -> AbstractContextManager[DuckdbFitStore]:
        """Begin a transaction that reads marts and writes a fit."""
        return self.work.fitting()

    def take_over_history(self) -> None:
        """Give the work the snapshots of the file, whose versions it goes on from.

        Raises:
            UserError: The file is none of DuckDB's, or another program writes it.
        """
        if not self.target.is_file():
            return
        # Its own message says what stands in the way.
        with DuckdbFile(self.target).connect(is_read_only=True):
            pass
        with self.work.connect() as session:
            session.execute(f"attach ? as {_SOURCE} (read_only)", [str(self.target)])
            if _HISTORY in _schemas(session):
                session.execute(f"create schema {_HISTORY}")
                _copy_schema(session, _HISTORY)
            session.execute(f"detach {_SOURCE}")

    def put_in_place(self) -> None:
        """Replace the file by the marts of the work, whoever reads it meanwhile.

        They go into a new file, so that no byte of a staged row is handed on. Readers
        that have the old one open go on reading it.
        """
        new = self.folder / "new.duckdb"
        new.unlink(missing_ok=True)
        with DuckdbFile(new).connect() as session:
            session.execute(f"attach ? as {_SOURCE} (read_only)", [str(self.work.path)])
            for schema in _schemas(session):
                session.execute(f"create schema if not exists {schema}")
                _copy_schema(session, schema)
            session.execute(f"detach {_SOURCE}")
            session.execute("checkpoint")
        os.replace(new, self.target)


@dataclass(frozen=True)
class FileBuild:
    """What is recorded of a build in its file.

    Attributes:
        raw_data: sample or loaded.
        code_version: Of the checkout that built it.
        as_of_date: The day that the models took for today.
        warnings: A line for each thing that is to be looked at.
        directory: Where the loaded files are; None for the sample.
    """

    raw_data: str
    code_version: str
    as_of_date: date | None
    warnings: Sequence[str]
    directory: Path | None = None


def record_build(file: DuckdbFile, build: FileBuild) -> None:
    """Write what the file is, in the shape that the other warehouse has it."""
    now = datetime.now(UTC)
    with file.connect() as session:
        session.execute("create schema if not exists audit")
        session.execute(
            """
            create table audit.builds as
            select
                cast(uuid() as varchar) as build_id, cast($1 as varchar) as raw_data,
                cast($2 as varchar) as code_version, cast($3 as date) as as_of_date,
                'published' as status, cast($4 as varchar[]) as warnings,
                cast($5 as timestamptz) as finished_at
            """,
            [
                build.raw_data,
                build.code_version,
                build.as_of_date,
                list(build.warnings),
                now,
            ],
        )
        session.execute(
            """
            create table audit.build_info as
            select
                build_id, raw_data, code_version, as_of_date,
                finished_at as published_at
            from audit.builds
            """
        )
        session.execute(
            """
            create table audit.loads as
            select
                cast($1 as varchar) as directory, 'replace' as mode,
                'loaded' as status,
                cast($2 as timestamptz) - interval 1 second as finished_at
            where $1 is not null
            """,
            [str(build.directory) if build.directory else None, now],
        )


@contextmanager
def building_site(target: Path) -> Generator[BuildingSite]:
    """Yield an empty folder beside the file, that no other job works in.

    It is removed when the block ends well. Otherwise the work is left in it to be
    looked at, until the next build.

    Raises:
        UserError: Another job works there, or the folder cannot be made.
    """
    target = target.absolute()
    folder = target.with_name(f"{target.name}.building")
    if target.is_dir():
        raise UserError(f"{target} is a folder; name the file to build")
    if target.stem in _HANDED_ON or target.stem.startswith(_MARTS):
        # DuckDB names a file's catalogue after it, and ml.runs would mean two things.
        raise UserError(
            f"{target.name} is named as a schema in it is; choose another name"
        )
    with held_folder(folder, target):
        for left in folder.iterdir():
            if left.is_dir():
                # DuckDB's own, with what it had no memory for.
                shutil.rmtree(left)
            else:
                left.unlink()
        yield BuildingSite(target, folder)
        shutil.rmtree(folder)


def _schemas(session: "duckdb.DuckDBPyConnection") -> list[str]:
    found = session.execute(
        "select distinct schema_name from duckdb_tables() "
        "where database_name = ? order by 1",
        [_SOURCE],
    ).fetchall()
    return [name for (name,) in found if name.startswith(_MARTS) or name in _HANDED_ON]


def _copy_schema(session: "duckdb.DuckDBPyConnection", schema: str) -> None:
    """Copy tables with their keys and comments."""
    tables = session.execute(
        "select table_name, sql, comment from duckdb_tables() "
        "where database_name = ? and schema_name = ? order by table_name",
        [_SOURCE, schema],
    ).fetchall()
    for table, statement, comment in tables:
        name = f'{schema}."{table}"'
        session.execute(statement)
        session.execute(f"insert into {name} select * from {_SOURCE}.{name}")
        if comment:
            session.execute(f"comment on table {name} is {literal(comment)}")
        columns = session.execute(
            "select column_name, comment from duckdb_columns() where comment is not "
            "null and database_name = ? and schema_name = ? and table_name = ?",
            [_SOURCE, schema, table],
        ).fetchall()
        for column, said in columns:
            session.execute(f'comment on column {name}."{column}" is {literal(said)}')
