"""What is dear, made by one worker for all of them."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from streaming_analytics.warehouse.locking import exclusive_lock


@contextmanager
def made_once(folder: Path) -> Generator[bool]:
    """Yield whether another worker has filled `folder`, which was waited for.

    Where none has, the block fills it; if it fails, the next one tries.
    """
    finished = folder / "finished"
    with exclusive_lock(folder.with_suffix(".lock")):
        if finished.exists():
            yield True
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield False
        finished.touch()
