"""Which processes serve a data directory: the server, and what a killed one left."""

import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from streaming_analytics.warehouse.account import Account

_ORPHAN_SECONDS = 10
# No process has it (Linux ends at 4194304), so PostgreSQL sees a dead owner.
_IMPOSSIBLE_PID = 2**30


@dataclass(frozen=True)
class Running:
    """A server that runs: its process and its port."""

    pid: int
    port: int


def running_server(data: Path) -> Running | None:
    """Return the server of the data directory, or None when none runs.

    A pid file alone proves nothing: the server may have been killed and its pid
    given to another process.
    """
    lines = _pid_file_lines(data)
    if len(lines) < 4 or not _is_postmaster(int(lines[0]), data):
        return None
    return Running(pid=int(lines[0]), port=int(lines[3]))


def orphans(data: Path) -> list[psutil.Process]:
    """Return the PostgreSQL processes that work in the data directory."""
    return [
        process
        for process in psutil.process_iter(["name"])
        if process.info["name"] == "postgres" and _works_in(process, data)
    ]


def end_orphans(data: Path) -> None:
    """End processes of a server that was killed and left them behind.

    They keep the old shared memory, and PostgreSQL rightly refuses to start beside
    them.
    """
    for ending in (signal.SIGTERM, signal.SIGKILL):
        left = orphans(data)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(ending)
        deadline = time.monotonic() + _ORPHAN_SECONDS
        # Not psutil's own wait: in a container nobody may collect what ended.
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = orphans(data)


def disown_recycled_pid(data: Path) -> None:
    """Let PostgreSQL see that a pid file whose pid was given away is stale.

    It asks only whether the process lives. The rest of the file stays, so its own
    check of the shared memory still takes place.
    """
    lines = _pid_file_lines(data)
    if lines and psutil.pid_exists(int(lines[0])):
        lines[0] = str(_IMPOSSIBLE_PID)
        path = data / "postmaster.pid"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _pid_file_lines(data: Path) -> list[str]:
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        # Says whose it is.
        Account.for_server(data)
        raise
    lines = text.splitlines()
    return lines if lines and lines[0].strip().isdecimal() else []


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        command = process.cmdline()
        is_postgres = bool(command) and Path(command[0]).name == "postgres"
        return is_postgres and (str(data) in command or _works_in(process, data))
    except psutil.Error:
        return False


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False
