"""Passwords that the project makes up and keeps below `.warehouse/`."""

import os
import secrets
from pathlib import Path


def read_password(folder: Path, name: str) -> str | None:
    """Return the password kept under `name`, or None."""
    try:
        return (folder / f"{name}.password").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def new_password(folder: Path, name: str) -> str:
    """Make up a password, keep it readable to this user only, and return it."""
    password = secrets.token_hex(16)
    path = folder / f"{name}.password"
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(password + "\n")
    unfinished.replace(path)
    return password
