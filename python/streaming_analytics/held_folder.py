"""A folder that one job at a time works in."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from streaming_analytics.errors import UserError


@contextmanager
def held_folder(folder: Path, target: Path) -> Generator[None]:
    """Make a folder if need be, and keep other jobs out of it meanwhile.

    Args:
        folder: Where the work lies.
        target: What is built there, for messages.

    Raises:
        UserError: Another job works there, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}") from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It may just have been removed by the job that held it.
            is_free = folder.is_dir() and os.path.samestat(
                os.fstat(held), folder.stat()
            )
        except BlockingIOError:
            is_free = False
        if not is_free:
            raise UserError(
                f"another streaming build works on {target}; wait for it to end"
            )
        yield
    finally:
        os.close(held)
