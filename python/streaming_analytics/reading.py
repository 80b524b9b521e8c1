"""How marts are read and fits are written, whichever engine holds them.

`warehouse` has it for PostgreSQL, `duckdb_file` for a file; nothing else knows how one
engine is asked and another answers.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from streaming_analytics.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

Rows = list[tuple[Any, ...]]


class NotThereError(UserError):
    """A statement names a table or column that is not there; what the engine said."""


class Reader(Protocol):
    """One consistent look at a warehouse: all queries see the same build."""

    def has_table(self, table: str) -> bool:
        """Return whether a table is there that is given as schema.table."""
        ...

    def rows(self, query: str) -> tuple[list[str], Rows]:
        """Return the names of the columns, and the rows.

        Raises:
            NotThereError: A table or column is not there.
        """
        ...


class FitStore(Protocol):
    """One transaction that reads marts and writes what was learned from them."""

    def frame(self, query: str) -> "pd.DataFrame":
        """Return a query's rows; exact numbers come as floats, NULL as missing.

        Raises:
            NotThereError: A table or column is not there.
        """
        ...

    def insert(self, schema: str, table: str, frame: "pd.DataFrame") -> None:
        """Add the rows of a frame, whose columns are named as the table's.

        Raises:
            NotThereError: The table is not there, or has other columns.
        """
        ...

    def execute(self, statement: str) -> None:
        """Run a statement that returns nothing.

        Raises:
            NotThereError: A table or column is not there.
        """
        ...


class Warehouse(Protocol):
    """Where marts are, for whoever reads them or has dbt build them."""

    def environment(self) -> Mapping[str, str]:
        """Return the variables that dbt's profile reads."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """Begin a look at what is there."""
        ...


class Held(Protocol):
    """Proof that nobody else works on a warehouse."""

    def fitting(self) -> AbstractContextManager[FitStore]:
        """Begin a transaction that holds when the block ends well."""
        ...
