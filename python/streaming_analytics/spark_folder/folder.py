"""A folder of Parquet that Spark wrote: read, and given fits, without Spark.

DuckDB reads the files where they are, so that whoever reads marts needs no Java and
waits for no session.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.duckdb_file.file import DuckdbFitStore, DuckdbReader
from streaming_analytics.duckdb_file.quoting import files_literal, literal
from streaming_analytics.errors import UserError
from streaming_analytics.models.declaration import SCHEMA, FittedTable

if TYPE_CHECKING:
    import duckdb

# What the example profile reads.
FOLDER = "STREAMING_SPARK"
MASTER = "STREAMING_SPARK_MASTER"
# What macros/raw/make_raw_tables.sql reads.
RAW = "STREAMING_SPARK_RAW"
# What macros/by_part/spark_by_part.sql reads: the build to go on from, and its tables.
BEFORE = "STREAMING_SPARK_BEFORE"
BEFORE_TABLES = "STREAMING_SPARK_BEFORE_TABLES"
_PARQUET = "*.parquet"
_SUFFIX = ".db"
_HISTORY = "snapshots."


@dataclass(frozen=True)
class SparkFolder:
    """A folder, which may not be there yet.

    Attributes:
        path: Where Spark's catalogue and its tables are.
        master: The cluster that computes, as spark://host:port; None for the cores of
            this machine.
        before: The build to go on from, if any: its folder is read, and never changed.
        keeps_tables: Whether large tables go on from it, as history always does.
    """

    path: Path
    master: str | None = None
    before: Path | None = None
    keeps_tables: bool = True

    def __str__(self) -> str:
        """Return the path, for messages."""
        return str(self.path)

    @property
    def tables(self) -> Path:
        """Where the Parquet files are, a folder for each schema and table."""
        return self.path / "warehouse"

    @property
    def raw(self) -> Path:
        """Where checked raw rows are, a folder for each table, if any were read."""
        return self.path / "raw"

    def environment(self) -> dict[str, str]:
        """Return the variables that dbt's profile reads."""
        master = {MASTER: self.master} if self.master else {}
        before = [
            name
            for name in (SparkFolder(self.before).table_names() if self.before else ())
            if self.keeps_tables or name.startswith(_HISTORY)
        ]
        # Spark looks up the machine's name otherwise, and may listen beyond it.
        return {
            FOLDER: str(self.path),
            "SPARK_LOCAL_IP": "127.0.0.1",
            BEFORE: str(self.before or ""),
            BEFORE_TABLES: " ".join(before),
            **({RAW: str(self.raw)} if self.raw.is_dir() else {}),
            **master,
        }

    def table_names(self) -> tuple[str, ...]:
        """Return the tables that are there, as schema.table."""
        return tuple(
            f"{table.parent.stem}.{table.name}"
            for table in sorted(self.tables.glob(f"*{_SUFFIX}/*"))
            if any(table.glob(_PARQUET))
        )

    @contextmanager
    def reading(self) -> Generator[DuckdbReader]:
        """Begin a look at the tables; views of Spark are not among them.

        Raises:
            UserError: Nothing was built.
        """
        with self._opened() as session:
            yield DuckdbReader(session)

    @contextmanager
    def fitting(self, declared: Sequence[FittedTable]) -> Generator[DuckdbFitStore]:
        """Begin to write fits, which reach the files when the block ends well.

        Args:
            declared: The tables that fits go into.

        Raises:
            UserError: Nothing was built.
        """
        with self._opened() as session:
            store = DuckdbFitStore(session)
            for table in declared:
                self._take_in(session, table)
            yield store
            for table in declared:
                self._write(session, table.name)

    def _take_in(
        self, session: "duckdb.DuckDBPyConnection", table: FittedTable
    ) -> None:
        """Make a fit's table, with the rows of its files, in place of the view."""
        name = f"{SCHEMA}.{table.name}"
        columns = ", ".join(
            f"{column} {'varchar' if kind == 'string' else kind}"
            for column, kind in zip(table.column_names, table.column_types, strict=True)
        )
        session.execute(f"create schema if not exists {SCHEMA}")
        session.execute(f"drop view if exists {name}")
        session.execute(f"create table {name} ({columns})")
        files = self._files(table.name)
        if any(files.glob(_PARQUET)):
            session.execute(
                f"insert into {name} by name "
                f"select * from read_parquet({files_literal(files, _PARQUET)})"
            )

    def _write(self, session: "duckdb.DuckDBPyConnection", table: str) -> None:
        """Replace a fit's files; only this job reads them meanwhile."""
        files = self._files(table)
        files.mkdir(parents=True, exist_ok=True)
        for old in files.glob(_PARQUET):
            old.unlink()
        session.execute(
            f"copy {SCHEMA}.{table} to {literal(files / 'rows.parquet')} "
            "(format parquet)"
        )

    def _files(self, fit: str) -> Path:
        return self.tables / f"{SCHEMA}{_SUFFIX}" / fit

    @contextmanager
    def _opened(self) -> "Generator[duckdb.DuckDBPyConnection]":
        import duckdb

        if not self.tables.is_dir():
            raise UserError(
                f"{self.path} holds nothing that Spark built; make it with: "
                "streaming build --target spark"
            )
        with duckdb.connect() as session:
            session.execute("set timezone = 'UTC'")
            for name in self.table_names():
                schema, _, table = name.partition(".")
                folder = self.tables / f"{schema}{_SUFFIX}" / table
                files = files_literal(folder, _PARQUET)
                session.execute(f"create schema if not exists {schema}")
                session.execute(
                    f"create view {name} as select * from read_parquet({files})"
                )
            yield session


@dataclass(frozen=True)
class HeldFolder:
    """A folder that one job builds, with the tables that its fits go into."""

    folder: SparkFolder
    declared: tuple[FittedTable, ...]

    def fitting(self) -> AbstractContextManager[DuckdbFitStore]:
        """Begin to write fits, which reach the files when the block ends well."""
        return self.folder.fitting(self.declared)
