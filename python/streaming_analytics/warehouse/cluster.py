"""PostgreSQL's data directory: made whole or not at all, and configured."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.large_objects import SHUT_LARGE_OBJECTS
from streaming_analytics.warehouse.programs import Programs, reason
from streaming_analytics.warehouse.settings import (
    HOST_BASED_AUTHENTICATION,
    postgresql_conf,
)

DATABASE = "streaming"
#: Owns the database and all that is built in it, and is no superuser.
OWNER = "transformer"
#: The owner of warehouses that were made before there was a role of its own for it.
FIRST_OWNER = "streaming"
#: Nobody can connect as this role: only `_execute_offline` works with its rights.
_SUPERUSER = "postgres"
# Not 5432, which a server of the machine's own would want.
FIRST_PORT = 54320

# An empty cluster with its first log segments takes 60 MB.
_FREE_BYTES_NEEDED = 150 * 1024 * 1024


def make_cluster(programs: Programs, data: Path, password: str) -> None:
    """Make the data directory, with the owner's password and an empty database.

    Raises:
        UserError: There is too little space, or PostgreSQL refuses.
    """
    unfinished = data.with_name(f"{data.name}.unfinished")
    remove_unfinished(data)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(unfinished.parent).free
    if free < _FREE_BYTES_NEEDED:
        raise UserError(
            f"{free // 1024**2} MB are free at {unfinished.parent} and the embedded "
            f"PostgreSQL needs {_FREE_BYTES_NEEDED // 1024**2}; free some space"
        )
    try:
        unfinished.mkdir(mode=0o700)
        programs.account.give(unfinished)
        _initialise(programs, unfinished, password)
        unfinished.rename(data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def remove_unfinished(data: Path) -> None:
    """Remove what a killed `make_cluster` left."""
    shutil.rmtree(data.with_name(f"{data.name}.unfinished"), ignore_errors=True)


def set_password(programs: Programs, data: Path, owner: str, password: str) -> None:
    """Give the owner another password; the server must not run.

    Raises:
        UserError: PostgreSQL refuses.
    """
    _execute_offline(programs, data, [f"alter role {owner} password '{password}'"])


def configure(programs: Programs, data: Path, port: int) -> None:
    """Write the server's settings, for the port it is to listen on."""
    for name, text in (
        ("postgresql.conf", postgresql_conf(port)),
        ("pg_hba.conf", HOST_BASED_AUTHENTICATION),
    ):
        path = data / name
        path.write_text(text, encoding="utf-8")
        programs.account.give(path)


def _initialise(programs: Programs, data: Path, password: str) -> None:
    done = programs.run(
        "initdb",
        [
            *("-D", str(data), "-U", _SUPERUSER, "-E", "UTF8"),
            # The same order and case rules on every machine, without ICU.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--locale=C",
            # Replaced before the server first listens, see `configure`.
            "--auth=trust",
            "--no-instructions",
        ],
    )
    if done.returncode != 0:
        raise UserError(f"cannot make the embedded PostgreSQL: {reason(done.stdout)}")
    configure(programs, data, FIRST_PORT)
    # Databases are copies of this one.
    _execute_offline(programs, data, [SHUT_LARGE_OBJECTS], database="template1")
    _execute_offline(programs, data, _setting_up(password))


def _setting_up(password: str) -> list[str]:
    """Return what makes the owner and his database.

    Of a superuser's rights it has those that the commands need: to make roles
    of readers and limit their temporary files, to check foreign keys at once instead
    of row by row, to see and end sessions that stand in the way.
    """
    return [
        f"create role {OWNER} login createdb createrole password '{password}'",
        f"grant set on parameter session_replication_role, temp_file_limit to {OWNER}",
        f"grant pg_monitor, pg_signal_backend to {OWNER}",
        # Of the roles that it makes it has the rights as well.
        f"alter role {OWNER} set createrole_self_grant = 'set, inherit'",
        f"create database {DATABASE} owner {OWNER}",
        # Only named roles see them, and only what they are granted.
        f"revoke all on database {DATABASE}, postgres, template1 from public",
        # To copy a database one has to be connected to another.
        f"grant connect on database postgres to {OWNER}",
    ]


def _execute_offline(
    programs: Programs,
    data: Path,
    statements: Sequence[str],
    database: str = "postgres",
) -> None:
    """Run statements as superuser in single-user mode, where nobody can connect."""
    done = programs.run(
        "postgres",
        ["--single", "-D", str(data), database],
        # A line is a statement there.
        text_in="".join(f"{' '.join(text.split())}\n" for text in statements),
    )
    if done.returncode != 0 or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
        raise UserError(f"cannot make the embedded PostgreSQL: {reason(done.stdout)}")
