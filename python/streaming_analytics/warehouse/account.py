"""Which system user runs the embedded server, and where that user can work.

PostgreSQL refuses to run as root. As root we hand it to an unprivileged user, who
may not be able to enter the folder that the checkout lies in.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streaming_analytics.errors import UserError


@dataclass(frozen=True)
class Account:
    """The user who owns the server's files; None means the current one."""

    uid: int | None
    gid: int | None
    name: str

    @classmethod
    def for_server(cls, data: Path) -> "Account":
        """Choose the user for the server whose data lies, or will lie, in `data`.

        Raises:
            UserError: The data belong to somebody else, or there is no
                unprivileged user on this machine.
        """
        owner = data.stat().st_uid if data.is_dir() else None
        if os.geteuid() != 0:
            if owner not in (None, os.geteuid()):
                raise UserError(
                    f"{data} belongs to user {_name_of(owner)}; run as that user or "
                    f"as root, or remove {data.parent}"
                )
            return cls(None, None, _name_of(os.geteuid()))
        if owner:
            entry = pwd.getpwuid(owner) if _is_known(owner) else None
            return cls(owner, entry.pw_gid if entry else owner, _name_of(owner))
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid, name)
        raise UserError(
            "PostgreSQL does not run as root and there is no user postgres or "
            "nobody; run as an ordinary user, or add one with: useradd postgres"
        )

    def identity(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`."""
        if self.uid is not None:
            os.chown(path, self.uid, -1 if self.gid is None else self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether this user can enter every folder on the way to `path`.

        Asks the kernel by trying, because modes do not tell of access lists or of
        how a file system was mounted.

        Raises:
            UserError: The machine does not let root become this user.
        """
        if self.uid is None:
            return True
        command = [shutil.which("test") or "/usr/bin/test", "-x", str(path)]
        try:
            done = subprocess.run(
                command, cwd="/", env={}, check=False, **self.identity()
            )
        except OSError as error:
            raise UserError(
                f"cannot run as user {self.name} ({error.strerror}); PostgreSQL does "
                "not run as root: run as an ordinary user instead"
            ) from error
        return done.returncode == 0


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name_of(uid: int | None) -> str:
    if uid is None or not _is_known(uid):
        return f"#{uid}"
    return pwd.getpwuid(uid).pw_name
