"""What each command did and how long its steps took, in a file per run."""

import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

#: A month of daily runs; a run has some tens of kilobytes.
KEPT = 30
_END = "ended: "


class RunLog:
    """The log of one run; where it cannot be written, the run goes on without."""

    def __init__(self, path: Path, arguments: Sequence[str]) -> None:
        """Begin the file with the command."""
        self._began = time.monotonic()
        self._file: TextIO | None = None
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Whole lines at once, so that a killed run leaves what it came to.
            self._file = path.open("w", encoding="utf-8", buffering=1)
        self.write(f"streaming {' '.join(arguments)}")

    def write(self, text: str) -> None:
        """Add a line, after the seconds since the run began."""
        if self._file is None:
            return
        try:
            line = " ".join(text.split())
            self._file.write(f"{time.monotonic() - self._began:9.2f}  {line}\n")
        except (OSError, ValueError):
            self._file = None

    def end(self, how: str) -> None:
        """Say how the run ended, and close the file."""
        self.write(f"{_END}{how}")
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None


_CURRENT: ContextVar[RunLog | None] = ContextVar("run_log", default=None)


def current_log() -> RunLog | None:
    """Return the log of the command that runs, None in a program of one's own."""
    return _CURRENT.get()


@contextmanager
def logged_run(folder: Path, arguments: Sequence[str]) -> Generator[RunLog]:
    """Keep a log of what runs inside, in a file of `folder`; old files go."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    log = RunLog(folder / f"{moment}-{arguments[0]}-{os.getpid()}.log", arguments)
    token = _CURRENT.set(log)
    try:
        yield log
    finally:
        _CURRENT.reset(token)
        for path in _files(folder)[:-KEPT]:
            with suppress(OSError):
                path.unlink()


@dataclass(frozen=True)
class LastRun:
    """The newest log: of which command, and how it ended; None: it did not, yet.

    `pid` is that of its process.
    """

    path: Path
    command: str
    pid: int
    ended: str | None


def last_run(folder: Path) -> LastRun | None:
    """Return what the newest log says; None where there is none.

    Raises:
        OSError: It cannot be read.
    """
    files = _files(folder)
    if not files:
        return None
    path = files[-1]
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    texts = [line.strip().partition("  ")[2] for line in lines] or [""]
    is_ended = texts[-1].startswith(_END)
    pid = path.stem.rpartition("-")[2]
    return LastRun(
        path,
        texts[0],
        int(pid) if pid.isdecimal() else 0,
        texts[-1].removeprefix(_END) if is_ended else None,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))
