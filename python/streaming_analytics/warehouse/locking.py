"""A lock between processes, held on a file."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive_lock(path: Path) -> Generator[None]:
    """Hold the lock on `path`, waiting for its turn.

    The kernel drops the lock when the process ends, however it ends, so a lock
    file that is left over blocks nobody.
    """
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
