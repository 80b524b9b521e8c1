"""Which PostgreSQL a command works on."""

import os
from dataclasses import dataclass

from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.passwords import read_password
from streaming_analytics.warehouse.server import EmbeddedServer


@dataclass(frozen=True)
class Selection:
    """The chosen server; `notes` are lines that tell the user which one it is."""

    connection: Connection
    is_embedded: bool
    notes: tuple[str, ...]


def select_server(project: Project) -> Selection:
    """Return the server that `PGHOST` names, else the embedded one, started.

    Raises:
        UserError: The embedded server cannot be started.
    """
    named = _named_server(project)
    if named is not None:
        return named
    started = EmbeddedServer(project).start()
    return _embedded(started.connection, started.notes)


def running_server(project: Project) -> Selection | None:
    """Return the server that `select_server` would choose, without starting one.

    None: it is the embedded one, and it does not run.
    """
    named = _named_server(project)
    if named is not None:
        return named
    server = EmbeddedServer(project)
    return _embedded(server.connection(), ()) if server.running() else None


def _named_server(project: Project) -> Selection | None:
    if not os.environ.get("PGHOST"):
        return None
    connection = Connection.from_environment()
    # After `eval "$(streaming warehouse env)"` the variables mean our own
    # server, wherever it listens by now.
    own = read_password(project.warehouse, EmbeddedServer(project).owner)
    if own is not None and connection.password == own:
        return None
    return Selection(
        connection, False, (f"using PostgreSQL at {connection} (from PGHOST)",)
    )


def _embedded(connection: Connection, notes: tuple[str, ...]) -> Selection:
    at = f"using the embedded PostgreSQL at {connection}"
    return Selection(connection, True, (*notes, at))
