"""A DuckDB file, and how marts in it are read and fits are written."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming_analytics.errors import UserError
from streaming_analytics.reading import NotThereError, Rows

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# What the example profile reads.
VARIABLE = "STREAMING_DUCKDB"
# What DuckDB keeps in memory before it writes beside the file, as the profile has it;
# its own default is 80 % of the machine.
MEMORY_VARIABLE = "STREAMING_DUCKDB_MEMORY"
_MEMORY = "4GB"


@dataclass(frozen=True)
class DuckdbFile:
    """A file, which may not be there yet."""

    path: Path

    def __str__(self) -> str:
        """Return the path, for messages."""
        return str(self.path)

    def environment(self) -> dict[str, str]:
        """Return the variables that dbt's profile reads."""
        return {VARIABLE: str(self.path)}

    @contextmanager
    def connect(
        self, *, is_read_only: bool = False
    ) -> "Generator[duckdb.DuckDBPyConnection]":
        """Open the file in UTC, and make it where it is missing.

        Raises:
            UserError: It cannot be opened: not there, in use, or no DuckDB file.
        """
        import duckdb

        if is_read_only and not self.path.is_file():
            raise UserError(
                f"there is no file {self.path}; make it with: "
                f"streaming build --target duckdb --file {self.path}"
            )
        try:
            session = duckdb.connect(self.path, read_only=is_read_only)
        except duckdb.Error as error:
            raise UserError(
                f"{self.path} cannot be opened: {str(error).splitlines()[0]}"
            ) from error
        try:
            session.execute("set timezone = 'UTC'")
            _bound_memory(session)
            yield session
        finally:
            session.close()

    @contextmanager
    def reading(self) -> "Generator[DuckdbReader]":
        """Begin a look at what is there; nothing in the file changes meanwhile.

        Raises:
            UserError: It cannot be opened.
        """
        with self.connect(is_read_only=True) as session:
            yield DuckdbReader(session)

    @contextmanager
    def fitting(self) -> "Generator[DuckdbFitStore]":
        """Begin a transaction that holds when the block ends well.

        Raises:
            UserError: It cannot be opened.
        """
        with self.connect() as session:
            session.begin()
            yield DuckdbFitStore(session)
            session.commit()


def _bound_memory(session: "duckdb.DuckDBPyConnection") -> None:
    import duckdb

    most = os.environ.get(MEMORY_VARIABLE, _MEMORY)
    try:
        session.execute("set memory_limit = ?", [most])
    except duckdb.Error as error:
        raise UserError(
            f"{MEMORY_VARIABLE}={most} is no size of memory; write it like 8GB"
        ) from error


class DuckdbReader:
    """A look at a file."""

    def __init__(self, session: "duckdb.DuckDBPyConnection") -> None:
        """Read through an open session."""
        self._session = session

    def has_table(self, table: str) -> bool:
        """Return whether a table is there that is given as schema.table."""
        schema, _, name = table.partition(".")
        found = self._session.execute(
            "select 1 from information_schema.tables "
            "where table_schema = ? and table_name = ?",
            [schema, name],
        ).fetchone()
        return found is not None

    def rows(self, query: str) -> tuple[list[str], Rows]:
        """Return the names of the columns, and the rows.

        Raises:
            NotThereError: A table or column is not there.
        """
        with _told():
            cursor = self._session.execute(query)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()


class DuckdbFitStore:
    """A transaction on a file."""

    def __init__(self, session: "duckdb.DuckDBPyConnection") -> None:
        """Take over a session whose transaction has begun."""
        self._session = session

    def frame(self, query: str) -> "pd.DataFrame":
        """Return a query's rows; exact numbers come as floats, NULL as missing.

        Raises:
            NotThereError: A table or column is not there.
        """
        import pandas as pd

        with _told():
            types = self._session.execute(f"describe {query}").fetchall()
            exact = [
                f'cast("{name}" as double) as "{name}"'
                for name, kind, *_ in types
                if kind.startswith("DECIMAL")
            ]
            replaced = f" replace ({', '.join(exact)})" if exact else ""
            cursor = self._session.execute(
                f"select *{replaced} from ({query}) as exact_rows"
            )
        columns = [column[0] for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=columns)

    def insert(self, schema: str, table: str, frame: "pd.DataFrame") -> None:
        """Add the rows of a frame, whose columns are named as the table's.

        Raises:
            NotThereError: The table is not there, or has other columns.
        """
        import pyarrow as pa

        rows: Any = pa.Table.from_pandas(frame, preserve_index=False)
        self._session.register("rows_to_insert", rows)
        with _told():
            self._session.execute(
                f"insert into {schema}.{table} by name select * from rows_to_insert"
            )
        self._session.unregister("rows_to_insert")

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing.

        Raises:
            NotThereError: A table or column is not there.
        """
        with _told():
            self._session.execute(statement)


@contextmanager
def _told() -> Generator[None]:
    import duckdb

    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise NotThereError(str(error).splitlines()[0]) from error
