"""dbt's connections: kept from one node to the next, and closed at the end."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def kept_connections() -> Generator[None]:
    """Let dbt's threads keep their connection while they go on to the next node.

    dbt's adapter for PostgreSQL opens one for each model and test, hundreds in a build,
    and a new session has to log in and to learn the catalogue again. Adapters for
    warehouses in the cloud keep theirs in this way. dbt closes all at its end.
    """
    from dbt.adapters.postgres.connections import PostgresConnectionManager as Manager

    def release(self: Any) -> None:
        connection = self.get_if_exists()
        if connection is None or connection.state != "open":
            return
        try:
            self._rollback_handle(connection)
            connection.transaction_open = False
        except Exception:
            self.clear_thread_connection()
            raise

    before = Manager.release
    # Of the class, because dbt makes its manager deep inside, anew for each command.
    Manager.release = release
    try:
        yield
    finally:
        Manager.release = before
        _close_file()


def _close_file() -> None:
    """Close the DuckDB file that dbt had open, if it had one.

    Its adapter leaves that to the end of the process, and until then nobody in it can
    open the file in another way.
    """
    adapter = sys.modules.get("dbt.adapters.duckdb.connections")
    manager = getattr(adapter, "DuckDBConnectionManager", None)
    if manager is not None and manager._ENV is not None:
        manager._ENV.close()
        manager._ENV = None
