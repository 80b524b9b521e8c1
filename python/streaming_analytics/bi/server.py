"""The server that BI files name; a user is asked for the password when they open."""

from dataclasses import dataclass
from typing import Self

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import READER


@dataclass(frozen=True)
class Server:
    """Where the published marts are. The committed files hold these defaults."""

    host: str = "127.0.0.1"
    port: int = 5432
    database: str = "streaming"
    user: str = READER

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Return the same server for the role that reads the marts."""
        return cls(connection.host, connection.port, connection.database)
