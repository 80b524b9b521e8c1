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

# The whole generator, its folders included.
SOURCE = Path(__file__).parent.parent
_KEPT_IN = SOURCE / "__pycache__"


def directory_for(source: Path, kept_in: Path) -> Path | None:
    """Return where the code of this version of the source is kept, without the others.

    The source is every module below a directory, whatever folder it lies in.

    None where nothing can be written, as in an installation that belongs to root.
    """
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        digest.update(path.relative_to(source).as_posix().encode() + b"\n")
        digest.update(path.read_bytes())
    directory = kept_in / f"compiled-{digest.hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    for old in kept_in.glob("compiled-*"):
        if old != directory:
            shutil.rmtree(old, ignore_errors=True)
    return directory if os.access(directory, os.W_OK) else None


_DIRECTORY = directory_for(SOURCE, _KEPT_IN)
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
