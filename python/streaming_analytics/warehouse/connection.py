"""How to reach a PostgreSQL server."""

import getpass
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from streaming_analytics.errors import UserError

if TYPE_CHECKING:
    import psycopg

    from streaming_analytics.warehouse.reading import PostgresReader


@dataclass(frozen=True)
class Connection:
    """One database on one server, and the user who connects.

    `host` may be a folder, for a server that listens on a Unix socket. An empty
    `password` leaves the choice to libpq (a `.pgpass` file, or none).
    """

    host: str
    port: int
    database: str
    user: str
    password: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read libpq's variables, with libpq's defaults.

        Raises:
            UserError: `PGPORT` is not a number.
        """
        environment = os.environ if environment is None else environment
        port = environment.get("PGPORT") or "5432"
        if not port.isdecimal():
            raise UserError(f"PGPORT is {port!r}; set it to the server's port number")
        user = environment.get("PGUSER") or getpass.getuser()
        return cls(
            host=environment["PGHOST"],
            port=int(port),
            database=environment.get("PGDATABASE") or user,
            user=user,
            password=environment.get("PGPASSWORD", ""),
        )

    def with_user(self, user: str, password: str) -> Self:
        """Return the same database seen by another user."""
        return replace(self, user=user, password=password)

    def __str__(self) -> str:
        """Return the server and the database, for messages."""
        return f"{self.host}:{self.port}/{self.database}"

    def url(self) -> str:
        """Return the `postgresql://` URL, with the password."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        user = quote(self.user, safe="") + secret
        database = quote(self.database, safe="")
        if self.host.startswith("/"):
            socket = quote(self.host, safe="")
            return f"postgresql://{user}@/{database}?host={socket}&port={self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{user}@{host}:{self.port}/{database}"

    def jdbc_url(self) -> str:
        """Return the URL for JDBC clients, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"jdbc:postgresql://{host}:{self.port}/{quote(self.database, safe='')}"

    def environment(self) -> dict[str, str]:
        """Return libpq's variables, which psql, dbt's profile and drivers read."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
        }

    def connect(
        self, *, application: str = "streaming", **options: Any
    ) -> "psycopg.Connection[tuple[Any, ...]]":
        """Open a psycopg connection in UTF-8 and UTC.

        Args:
            application: Name that other sessions see in `pg_stat_activity`.
            options: Passed on to `psycopg.connect`, such as `autocommit`.

        Raises:
            UserError: The server cannot be reached, or refuses the user.
        """
        import psycopg

        try:
            return psycopg.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=self.user,
                password=self.password or None,
                application_name=application,
                client_encoding="utf8",
                options="-c timezone=UTC -c datestyle=ISO",
                connect_timeout=10,
                **options,
            )
        except psycopg.OperationalError as error:
            lines = str(error).strip().splitlines() or ["no answer"]
            reason = lines[0].rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
            raise UserError(
                f"cannot connect to PostgreSQL at {self} as {self.user}: {reason}; "
                "check PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD, or unset "
                "PGHOST to use the embedded server (streaming warehouse start)"
            ) from error

    @contextmanager
    def reading(self) -> "Generator[PostgresReader]":
        """Begin a look at what is there; all queries see the same build.

        Raises:
            UserError: The server cannot be reached, or refuses the user.
        """
        from streaming_analytics.warehouse.reading import PostgresReader

        with self.connect() as session:
            yield PostgresReader(session)
