"""PostgreSQL's data directory: made whole or not at all, and configured."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.programs import Programs, reason
from streaming_analytics.warehouse.settings import (
    HOST_BASED_AUTHENTICATION,
    postgresql_conf,
)

DATABASE = "streaming"
OWNER = "streaming"
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


def set_password(programs: Programs, data: Path, password: str) -> None:
    """Give the owner another password; the server must not run.

    Raises:
        UserError: PostgreSQL refuses.
    """
    statement = f"alter role {OWNER} password '{password}'"
    _execute_offline(programs, data, [statement])


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
            *("-D", str(data), "-U", OWNER, "-E", "UTF8"),
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
    set_password(programs, data, password)
    _execute_offline(
        programs,
        data,
        [
            f"create database {DATABASE}",
            # Only named roles see it, and only what they are granted.
            f"revoke all on database {DATABASE} from public",
        ],
    )


def _execute_offline(programs: Programs, data: Path, statements: Sequence[str]) -> None:
    """Run statements in single-user mode, where nobody else can connect."""
    done = programs.run(
        "postgres",
        ["--single", "-D", str(data), "postgres"],
        text_in="".join(f"{statement}\n" for statement in statements),
    )
    if done.returncode != 0 or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
        raise UserError(f"cannot make the embedded PostgreSQL: {reason(done.stdout)}")
