"""The embedded PostgreSQL: made, started and stopped for one checkout."""

import json
import os
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.project import Project
from streaming_analytics.warehouse.account import Account
from streaming_analytics.warehouse.cluster import (
    DATABASE,
    FIRST_OWNER,
    FIRST_PORT,
    OWNER,
    configure,
    make_cluster,
    remove_unfinished,
    set_password,
)
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.libpq import forget_libpq_variables
from streaming_analytics.warehouse.locking import exclusive_lock
from streaming_analytics.warehouse.passwords import (
    forget_password,
    new_password,
    read_password,
)
from streaming_analytics.warehouse.processes import (
    Running,
    disown_recycled_pid,
    end_orphans,
    running_server,
)
from streaming_analytics.warehouse.programs import Programs, answers, reason
from streaming_analytics.whole_files import write_whole

HOST = "127.0.0.1"
_PORTS_TRIED = 100

# Data for a server whose user cannot enter the folder the checkout lies in.
_OUTSIDE_HOMES = Path("/var/lib/streaming-analytics")

_START_SECONDS = 120
_STOP_SECONDS = 60
_LOG_BYTES_KEPT = 10 * 1024 * 1024


@dataclass(frozen=True)
class Started:
    """What `start` found or did; `notes` are lines worth showing."""

    connection: Connection
    was_running: bool
    notes: tuple[str, ...]


class EmbeddedServer:
    """The PostgreSQL server of one checkout.

    `.warehouse/` holds the passwords and `server.json` (the last port, and the
    home folder when it lies outside). The home folder holds the data; it is
    `.warehouse/` itself unless the server's user cannot enter it.
    """

    def __init__(self, project: Project) -> None:
        """Describe the server of `project`; nothing is touched yet."""
        self._folder = project.warehouse

    @cached_property
    def _lock(self) -> Path:
        return self._folder / "lock"

    @property
    def home(self) -> Path:
        """The folder with the data."""
        return Path(self._state().get("home") or self._folder)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def owner(self) -> str:
        """The role that owns the database: the one whose password is kept."""
        kept = read_password(self._folder, FIRST_OWNER)
        return OWNER if kept is None else FIRST_OWNER

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "postgresql.log"

    def exists(self) -> bool:
        """Whether the server was ever started here."""
        return self.data.is_dir()

    def running(self) -> Running | None:
        """Return the running server, or None."""
        return running_server(self.data)

    def connection(self) -> Connection:
        """Return how to reach the running server.

        Raises:
            UserError: It is not running.
        """
        running = self.running()
        if running is None:
            raise UserError(
                "the embedded PostgreSQL is not running; "
                "start it with: streaming warehouse start"
            )
        return self._connection(running.port)

    def start(self, port: int | None = None) -> Started:
        """Start the server unless it runs, making it first when there is none.

        Args:
            port: The port to listen on. By default the last one, or another that
                is free.

        Raises:
            UserError: It cannot be made or started, or the given port is taken.
        """
        try:
            self._folder.mkdir(exist_ok=True)
            # Under a strict umask the server's user could not enter it.
            self._folder.chmod(0o755)
        except OSError as error:
            raise UserError(
                f"cannot write {self._folder}: {error.strerror}; "
                "the checkout must be writable"
            ) from error
        with exclusive_lock(self._lock):
            running = self.running()
            if running is not None:
                joined = self._join(running, port)
                if joined is not None:
                    return joined
            try:
                return self._start(port)
            except OSError as error:
                place = error.filename or self.home
                raise UserError(
                    f"cannot start the embedded PostgreSQL: {error.strerror} ({place})"
                ) from error

    def stop(self) -> bool:
        """Stop the server; return whether it was running.

        Sessions are ended and their transactions rolled back.

        Raises:
            UserError: It does not stop within a minute.
        """
        if not self._folder.is_dir():
            return False
        with exclusive_lock(self._lock):
            if self.running() is None:
                return False
            done = self._programs().run(
                "pg_ctl",
                ["stop", "-D", str(self.data), "-m", "fast", "-t", str(_STOP_SECONDS)],
            )
            if done.returncode != 0:
                raise UserError(
                    f"the embedded PostgreSQL did not stop: {reason(done.stdout)}; "
                    f"see {self.log}"
                )
            return True

    def remove(self) -> None:
        """Stop the server and delete its data, passwords and settings."""
        self.stop()
        home = self.home
        if home != self._folder:
            shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, wanted_port: int | None) -> Started:
        remembered = self._state().get("port")
        ports = self._ports(wanted_port, remembered)
        self._choose_home()
        programs = self._programs()
        if not self.data.is_dir():
            forget_password(self._folder, FIRST_OWNER)
            make_cluster(programs, self.data, new_password(self._folder, OWNER))
        remove_unfinished(self.data)
        end_orphans(self.data)
        disown_recycled_pid(self.data)
        owner = self.owner
        if read_password(self._folder, owner) is None:
            set_password(programs, self.data, owner, new_password(self._folder, owner))

        notes = []
        for port in ports:
            configure(programs, self.data, port)
            failure = self._launch(programs)
            if failure is None:
                break
            # Somebody took the port between our look and the server's.
            if "could not bind" not in failure or wanted_port is not None:
                raise UserError(
                    f"the embedded PostgreSQL did not start: {failure}; see {self.log}"
                )
        else:
            raise UserError(
                f"no free port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1}; "
                "choose one with: streaming warehouse start --port N"
            )
        if remembered not in (None, port) and wanted_port is None:
            notes.append(
                f"port {remembered} is taken by another program; using {port} instead"
            )
        self._remember(port=port)
        return Started(self._connection(port), False, tuple(notes))

    def _join(self, running: Running, wanted_port: int | None) -> Started | None:
        """Wait until the running server answers; return None when it ends instead."""
        if wanted_port not in (None, running.port):
            raise UserError(
                f"the embedded PostgreSQL already runs on port {running.port}; "
                "stop it first: streaming warehouse stop"
            )
        # A start that was killed may have left it on its way up.
        deadline = time.monotonic() + _START_SECONDS
        while not answers(HOST, running.port):
            if self.running() is None:
                return None
            if time.monotonic() > deadline:
                raise UserError(
                    f"the embedded PostgreSQL does not become ready; see {self.log}"
                )
            time.sleep(0.05)
        return Started(self._connection(running.port), True, ())

    def _connection(self, port: int) -> Connection:
        password = read_password(self._folder, self.owner)
        if password is None:
            raise UserError(
                "the password of the embedded PostgreSQL is gone from "
                f"{self._folder}; set a new one with: "
                "streaming warehouse stop && streaming warehouse start"
            )
        forget_libpq_variables()
        return Connection(HOST, port, DATABASE, self.owner, password)

    def _programs(self) -> Programs:
        return Programs(Account.for_server(self.data), self.home)

    def _choose_home(self) -> None:
        account = Account.for_server(self.data)
        if account.can_reach(self.home):
            return
        if self.data.is_dir():
            raise UserError(
                f"user {account.name}, who runs PostgreSQL, can no longer enter "
                f"{self.home}; remove {self._folder} and build again"
            )
        _OUTSIDE_HOMES.mkdir(parents=True, exist_ok=True)
        _OUTSIDE_HOMES.chmod(0o755)
        prefix = f"{self._folder.parent.name}-"
        home = Path(tempfile.mkdtemp(prefix=prefix, dir=_OUTSIDE_HOMES))
        home.chmod(0o755)
        self._remember(home=str(home))

    def _ports(self, wanted: int | None, remembered: int | None) -> list[int]:
        if wanted is not None:
            if not _is_free(wanted):
                raise UserError(
                    f"port {wanted} is taken by another program; choose another, or "
                    "leave out --port to have one chosen"
                )
            return [wanted]
        ports = [remembered] if remembered is not None else []
        ports += range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED)
        return [port for port in ports if _is_free(port)]

    def _launch(self, programs: Programs) -> str | None:
        """Start the server and wait for it; return why it failed, or None."""
        self.log.touch(mode=0o600)
        programs.account.give(self.log)
        if self.log.stat().st_size > _LOG_BYTES_KEPT:
            os.truncate(self.log, 0)
        seen = self.log.stat().st_size
        # pg_ctl starts the server in a session of its own: it outlives us.
        done = programs.run(
            "pg_ctl",
            [
                *("start", "-w", "-D", str(self.data), "-l", str(self.log)),
                *("-t", str(_START_SECONDS)),
            ],
        )
        if done.returncode == 0:
            return None
        with self.log.open("rb") as log:
            log.seek(seen)
            said = log.read().decode("utf-8", errors="replace")
        return reason(said or done.stdout)

    def _state(self) -> dict:
        try:
            return json.loads((self._folder / "server.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def _remember(self, **changes: object) -> None:
        text = json.dumps(self._state() | changes) + "\n"
        write_whole(self._folder / "server.json", text)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As PostgreSQL does: connections that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
