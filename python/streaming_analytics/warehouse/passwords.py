"""Passwords that the project makes up and keeps below `.warehouse/`."""

import os
import secrets
from pathlib import Path

from streaming_analytics.whole_files import whole_file


def read_password(folder: Path, name: str) -> str | None:
    """Return the password kept under `name`, or None."""
    try:
        return (folder / f"{name}.password").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def forget_password(folder: Path, name: str) -> None:
    """Remove the password kept under `name`, if there is one."""
    (folder / f"{name}.password").unlink(missing_ok=True)


def new_password(folder: Path, name: str) -> str:
    """Make up a password, keep it readable to this user only, and return it."""
    password = secrets.token_hex(16)
    with whole_file(folder / f"{name}.password") as unfinished:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(password + "\n")
    return password
