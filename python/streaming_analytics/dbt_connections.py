"""dbt's connections, each kept by its thread from one node to the next."""

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
