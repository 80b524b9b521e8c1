"""The server that BI files name; a user is asked for the password when they open."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import READER

_HTTPS = 443


class Engine(Enum):
    """What answers a BI tool."""

    POSTGRESQL = "postgresql"
    DATABRICKS = "databricks"


@dataclass(frozen=True)
class Server:
    """Where the published marts are. The committed files hold these defaults.

    Attributes:
        host: A name or an address.
        port: Of the host.
        database: On Databricks the catalogue.
        user: Who reads; Tableau fills it in.
        engine: What answers there.
        http_path: Of a warehouse on Databricks; empty elsewhere.
    """

    host: str = "127.0.0.1"
    port: int = 5432
    database: str = "streaming"
    user: str = READER
    engine: Engine = Engine.POSTGRESQL
    http_path: str = ""

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Return the same server for the role that reads the marts."""
        return cls(connection.host, connection.port, connection.database)


def databricks_defaults(given: Mapping[str, Any]) -> Server:
    """Return what Databricks has where nothing is said.

    Raises:
        UserError: What only the user knows is missing from `given`.
    """
    needed = {"host": "--host", "http_path": "--http-path", "database": "--database"}
    missing = [option for name, option in needed.items() if not given.get(name)]
    if missing:
        raise UserError(
            f"a connection to Databricks needs {', '.join(missing)}; --database names "
            "the catalogue"
        )
    return Server(port=_HTTPS, user="token", engine=Engine.DATABRICKS)
