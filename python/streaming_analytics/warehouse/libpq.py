"""The variables that libpq, and so each program that connects, reads by itself."""

import os
from collections.abc import Mapping

# libpq reads these too, though they are no connection options of their own.
_BESIDE_THE_OPTIONS = frozenset(
    {"PGDATESTYLE", "PGTZ", "PGGEQO", "PGSYSCONFDIR", "PGLOCALEDIR"}
)


def libpq_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names in `environment` that libpq would read, in order.

    The library itself says which it knows, so a newer one is followed.
    """
    from psycopg.pq import Conninfo

    options = Conninfo.get_defaults()
    known = {option.envvar.decode() for option in options if option.envvar}
    return sorted((known | _BESIDE_THE_OPTIONS) & environment.keys())


def forget_libpq_variables() -> None:
    """Remove libpq's variables from this process and from what it starts.

    They were set for a server of the user's. One that asks for TLS, say, would make
    the embedded server look as if it did not answer.
    """
    for name in libpq_variables(os.environ):
        del os.environ[name]
