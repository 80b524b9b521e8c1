"""Files that are there whole or not at all."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Yield a place beside `path` to write to; it becomes `path` when all went well.

    After an error or Ctrl-C the old file is there as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file by renaming it into place; text becomes UTF-8 and no more."""
    if isinstance(content, str):
        content = content.encode()
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
