"""Loops over runs and plays, compiled to machine code on their first call.

The code is kept on disk, one directory for each version of the generator's source:
what numba itself looks at, the file of a function, says nothing of a constant or a
function that comes from another file.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable)

_SOURCE = Path(__file__).parent
_KEPT_IN = _SOURCE / "__pycache__"


def directory_for(source: Path, kept_in: Path) -> Path | None:
    """Return where the code of this version of the source is kept, without the others.

    None where nothing can be written, as in an installation that belongs to root.
    """
    text = b"".join(path.read_bytes() for path in sorted(source.glob("*.py")))
    directory = kept_in / f"compiled-{hashlib.sha256(text).hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    for old in kept_in.glob("compiled-*"):
        if old != directory:
            shutil.rmtree(old, ignore_errors=True)
    return directory if os.access(directory, os.W_OK) else None


_DIRECTORY = directory_for(_SOURCE, _KEPT_IN)
if _DIRECTORY is not None:
    settings: Any = numba.config
    settings.CACHE_DIR = str(_DIRECTORY)


def is_new() -> bool:
    """Return whether the code of this version is still to be compiled and kept."""
    return _DIRECTORY is not None and not any(_DIRECTORY.iterdir())


def compiled(function: Function) -> Function:
    """Return the function compiled for the types that it is first called with.

    Without fast mathematics: the same numbers come out on every machine.
    """
    compile_it = numba.njit(cache=_DIRECTORY is not None, error_model="numpy")
    return cast(Function, compile_it(function))
