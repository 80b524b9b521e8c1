"""Which PostgreSQL a command works on."""

import os
from dataclasses import dataclass

from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.passwords import read_password
from streaming_analytics.warehouse.server import OWNER, EmbeddedServer


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
    if os.environ.get("PGHOST"):
        connection = Connection.from_environment()
        # After `eval "$(streaming warehouse env)"` the variables mean our own
        # server, wherever it listens by now.
        own = read_password(project.warehouse, OWNER)
        if own is None or connection.password != own:
            return Selection(
                connection, False, (f"using PostgreSQL at {connection} (from PGHOST)",)
            )
    started = EmbeddedServer(project).start()
    at = f"using the embedded PostgreSQL at {started.connection}"
    return Selection(started.connection, True, (*started.notes, at))
