"""PostgreSQL as a place that marts are read from and fits are written to."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from streaming_analytics.reading import NotThereError, Rows
from streaming_analytics.warehouse.statements import trusted

if TYPE_CHECKING:
    import pandas as pd

_NOT_THERE = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)


class PostgresReader:
    """A session that sees one state of the database, and changes nothing."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        """Take over a session that has not begun yet."""
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.read_only = True
        self._session = session

    def has_table(self, table: str) -> bool:
        """Return whether a table is there that is given as schema.table."""
        row = self._session.execute("select to_regclass(%s)", [table]).fetchone()
        return row is not None and row[0] is not None

    def rows(self, query: str) -> tuple[list[str], Rows]:
        """Return the names of the columns, and the rows.

        Raises:
            NotThereError: A table or column is not there.
        """
        with _told():
            cursor = self._session.execute(trusted(query))
        return [column.name for column in cursor.description or ()], cursor.fetchall()


class PostgresFitStore:
    """A session's transaction: it sees one state of the database throughout."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        """Take over a session that has not begun yet."""
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._session = session

    def frame(self, query: str) -> "pd.DataFrame":
        """Return a query's rows; exact numbers come as floats, NULL as missing.

        Raises:
            NotThereError: A table or column is not there.
        """
        import pandas as pd
        from psycopg.types.numeric import FloatLoader

        with self._session.cursor() as cursor:
            cursor.adapters.register_loader("numeric", FloatLoader)
            with _told():
                cursor.execute(trusted(query))
            columns = [column.name for column in cursor.description or ()]
            return pd.DataFrame(cursor.fetchall(), columns=columns)

    def insert(self, schema: str, table: str, frame: "pd.DataFrame") -> None:
        """Add the rows of a frame, whose columns are named as the table's.

        Raises:
            NotThereError: The table is not there, or has other columns.
        """
        import pandas as pd

        name = sql.Identifier(schema, table)
        columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
        statement = sql.SQL("copy {} ({}) from stdin").format(name, columns)
        # As objects: psycopg knows Python's numbers and None, not numpy's.
        rows = frame.astype(object).where(pd.notna(frame), None)
        with (
            _told(),
            self._session.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in rows.itertuples(index=False, name=None):
                copy.write_row(row)
        self._session.execute(sql.SQL("analyze {}").format(name))

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing.

        Raises:
            NotThereError: A table or column is not there.
        """
        with _told():
            self._session.execute(trusted(statement))


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except _NOT_THERE as error:
        raise NotThereError(str(error.diag.message_primary)) from error
