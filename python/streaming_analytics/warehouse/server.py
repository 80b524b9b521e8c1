"""The embedded PostgreSQL: made, started and stopped for one checkout."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from streaming_analytics.errors import UserError
from streaming_analytics.project import Project
from streaming_analytics.warehouse.account import Account
from streaming_analytics.warehouse.binaries import bundled_programs, programs_for
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.locking import exclusive_lock
from streaming_analytics.warehouse.passwords import new_password, read_password
from streaming_analytics.warehouse.settings import (
    HOST_BASED_AUTHENTICATION,
    postgresql_conf,
)
from streaming_analytics.whole_files import write_whole

HOST = "127.0.0.1"
DATABASE = "streaming"
OWNER = "streaming"
# Not 5432, which a server of the machine's own would want.
FIRST_PORT = 54320
_PORTS_TRIED = 100

# Data for a server whose user cannot enter the folder the checkout lies in.
_OUTSIDE_HOMES = Path("/var/lib/streaming-analytics")

_START_SECONDS = 120
_STOP_SECONDS = 60
_ORPHAN_SECONDS = 10
# An empty cluster with its first log segments takes 60 MB.
_FREE_BYTES_NEEDED = 150 * 1024 * 1024
_LOG_BYTES_KEPT = 10 * 1024 * 1024
# No process has it (Linux ends at 4194304), so PostgreSQL sees a dead owner.
_IMPOSSIBLE_PID = 2**30


@dataclass(frozen=True)
class Running:
    """A server that runs: its process and its port."""

    pid: int
    port: int


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
    def log(self) -> Path:
        """The server's log."""
        return self.home / "postgresql.log"

    def exists(self) -> bool:
        """Whether the server was ever started here."""
        return self.data.is_dir()

    def running(self) -> Running | None:
        """Return the running server, or None.

        A pid file alone proves nothing: the server may have been killed and its
        pid given to another process.
        """
        lines = self._pid_file_lines()
        if len(lines) < 4 or not self._is_postmaster(int(lines[0])):
            return None
        return Running(pid=int(lines[0]), port=int(lines[3]))

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
            account = Account.for_server(self.data)
            done = self._run(
                account,
                programs_for(account, self.home) / "pg_ctl",
                ["stop", "-D", str(self.data), "-m", "fast", "-t", str(_STOP_SECONDS)],
            )
            if done.returncode != 0:
                raise UserError(
                    f"the embedded PostgreSQL did not stop: {_reason(done.stdout)}; "
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
        account = Account.for_server(self.data)
        self._choose_home(account)
        programs = programs_for(account, self.home)
        self._initialise_if_new(account, programs)
        self._end_orphans()
        self._disown_recycled_pid()
        if read_password(self._folder, OWNER) is None:
            self._set_new_password(account, programs, self.data)

        notes = []
        for port in ports:
            self._configure(account, self.data, port)
            failure = self._launch(account, programs)
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
        while not _answers(running.port):
            if self.running() is None:
                return None
            if time.monotonic() > deadline:
                raise UserError(
                    f"the embedded PostgreSQL does not become ready; see {self.log}"
                )
            time.sleep(0.05)
        return Started(self._connection(running.port), True, ())

    def _connection(self, port: int) -> Connection:
        password = read_password(self._folder, OWNER)
        if password is None:
            raise UserError(
                "the password of the embedded PostgreSQL is gone from "
                f"{self._folder}; set a new one with: "
                "streaming warehouse stop && streaming warehouse start"
            )
        return Connection(HOST, port, DATABASE, OWNER, password)

    # Making the server

    def _choose_home(self, account: Account) -> None:
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

    def _initialise_if_new(self, account: Account, programs: Path) -> None:
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        if self.data.is_dir():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.home).free
        if free < _FREE_BYTES_NEEDED:
            raise UserError(
                f"{free // 1024**2} MB are free at {self.home} and the embedded "
                f"PostgreSQL needs {_FREE_BYTES_NEEDED // 1024**2}; free some space"
            )
        try:
            unfinished.mkdir(mode=0o700)
            account.give(unfinished)
            self._initialise(account, programs, unfinished)
            unfinished.rename(self.data)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def _initialise(self, account: Account, programs: Path, data: Path) -> None:
        done = self._run(
            account,
            programs / "initdb",
            [
                *("-D", str(data), "-U", OWNER, "-E", "UTF8"),
                # The same order and case rules on every machine, without ICU.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--locale=C",
                # Replaced before the server first listens, see _configure.
                "--auth=trust",
                "--no-instructions",
            ],
        )
        if done.returncode != 0:
            raise UserError(
                f"cannot make the embedded PostgreSQL: {_reason(done.stdout)}"
            )
        self._configure(account, data, FIRST_PORT)
        self._set_new_password(account, programs, data)
        self._execute_offline(
            account,
            programs,
            data,
            [
                f"create database {DATABASE}",
                # Only named roles see it, and only what they are granted.
                f"revoke all on database {DATABASE} from public",
            ],
        )

    def _set_new_password(self, account: Account, programs: Path, data: Path) -> None:
        password = new_password(self._folder, OWNER)
        statement = f"alter role {OWNER} password '{password}'"
        self._execute_offline(account, programs, data, [statement])

    def _execute_offline(
        self, account: Account, programs: Path, data: Path, statements: Sequence[str]
    ) -> None:
        """Run statements in single-user mode, where nobody else can connect."""
        done = self._run(
            account,
            programs / "postgres",
            ["--single", "-D", str(data), "postgres"],
            text_in="".join(f"{statement}\n" for statement in statements),
        )
        if done.returncode != 0 or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
            raise UserError(
                f"cannot make the embedded PostgreSQL: {_reason(done.stdout)}"
            )

    def _configure(self, account: Account, data: Path, port: int) -> None:
        for name, text in (
            ("postgresql.conf", postgresql_conf(port)),
            ("pg_hba.conf", HOST_BASED_AUTHENTICATION),
        ):
            path = data / name
            path.write_text(text, encoding="utf-8")
            account.give(path)

    # Starting it

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

    def _launch(self, account: Account, programs: Path) -> str | None:
        """Start the server and wait for it; return why it failed, or None."""
        self.log.touch(mode=0o600)
        account.give(self.log)
        if self.log.stat().st_size > _LOG_BYTES_KEPT:
            os.truncate(self.log, 0)
        seen = self.log.stat().st_size
        # pg_ctl starts the server in a session of its own: it outlives us.
        done = self._run(
            account,
            programs / "pg_ctl",
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
        return _reason(said or done.stdout)

    def _end_orphans(self) -> None:
        """End processes of a server that was killed and left them behind.

        They keep the old shared memory, and PostgreSQL rightly refuses to start
        beside them.
        """
        for ending in (signal.SIGTERM, signal.SIGKILL):
            orphans = self._orphans()
            for process in orphans:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(ending)
            deadline = time.monotonic() + _ORPHAN_SECONDS
            # Not psutil's own wait: in a container nobody may collect what ended.
            while orphans and time.monotonic() < deadline:
                time.sleep(0.05)
                orphans = self._orphans()

    def _orphans(self) -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "postgres" and self._works_here(process)
        ]

    def _disown_recycled_pid(self) -> None:
        """Let PostgreSQL see that a pid file whose pid was given away is stale.

        It asks only whether the process lives. The rest of the file stays, so its
        own check of the shared memory still takes place.
        """
        lines = self._pid_file_lines()
        if lines and psutil.pid_exists(int(lines[0])):
            lines[0] = str(_IMPOSSIBLE_PID)
            path = self.data / "postmaster.pid"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    # What there is

    def _pid_file_lines(self) -> list[str]:
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError:
            # Says whose it is.
            Account.for_server(self.data)
            raise
        lines = text.splitlines()
        return lines if lines and lines[0].strip().isdecimal() else []

    def _is_postmaster(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            command = process.cmdline()
            is_postgres = bool(command) and Path(command[0]).name == "postgres"
            return is_postgres and (
                str(self.data) in command or self._works_here(process)
            )
        except psutil.Error:
            return False

    def _works_here(self, process: psutil.Process) -> bool:
        try:
            return Path(process.cwd()) == self.data.resolve()
        except (psutil.Error, OSError):
            return False

    def _state(self) -> dict:
        try:
            return json.loads((self._folder / "server.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def _remember(self, **changes: object) -> None:
        text = json.dumps(self._state() | changes) + "\n"
        write_whole(self._folder / "server.json", text)

    def _run(
        self,
        account: Account,
        program: Path,
        arguments: Sequence[str],
        text_in: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the server's user; output is in `stdout`."""
        return subprocess.run(
            [str(program), *arguments],
            # Not ours, which its user may not be able to enter.
            cwd=self.home,
            # Nothing of ours either: PGDATA, PGPORT and the like would mislead it.
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            input=text_in,
            stdin=subprocess.DEVNULL if text_in is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            **account.identity(),
        )


def _answers(port: int) -> bool:
    """Whether a server takes connections there, beyond the kernel's own welcome."""
    command = [bundled_programs() / "pg_isready", "-q", "-h", HOST, "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As PostgreSQL does: connections that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _reason(output: str) -> str:
    """Return the line of a program's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # A full disk shows up as many things; this one is the cause.
    marks = ("No space left", "could not bind", "PANIC:", "FATAL:", "error:", "ERROR:")
    for mark in marks:
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "it gave no reason"
