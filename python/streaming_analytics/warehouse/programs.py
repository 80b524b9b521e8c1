"""PostgreSQL's own programs, run as the user who owns the server's files."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.warehouse.account import Account
from streaming_analytics.warehouse.binaries import bundled_programs, programs_for

# Nothing of ours: PGDATA, PGPORT, PGSSLMODE and the like would mislead them.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


@dataclass(frozen=True)
class Programs:
    """The programs as `account` runs them, in `home`, which it can enter."""

    account: Account
    home: Path

    def run(
        self, name: str, arguments: Sequence[str], text_in: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of them to its end; what it wrote is in `stdout`."""
        return subprocess.run(
            [str(programs_for(self.account, self.home) / name), *arguments],
            cwd=self.home,
            env=_ENVIRONMENT,
            input=text_in,
            stdin=subprocess.DEVNULL if text_in is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            **self.account.identity(),
        )


def answers(host: str, port: int) -> bool:
    """Whether a server takes connections there, beyond the kernel's own welcome."""
    command = [bundled_programs() / "pg_isready", "-q", "-h", host, "-p", str(port)]
    return subprocess.run(command, env=_ENVIRONMENT, check=False).returncode == 0


def reason(output: str) -> str:
    """Return the line of a program's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # A full disk shows up as many things; these are the cause.
    for line in lines:
        # The last page fitted in part, which is no error of the system's.
        if "wrote only" in line:
            return f"No space left on device: {line}"
    marks = ("No space left", "could not bind", "PANIC:", "FATAL:", "error:", "ERROR:")
    for mark in marks:
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "it gave no reason"
