"""Loops over bytes, compiled to machine code on their first call."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable)


def native(function: Function) -> Function:
    """Return the function compiled, kept beside its file, and free of Python's lock.

    A function is kept for as long as its file is unchanged, so it calls only compiled
    functions of its own file.
    """
    settings: Any = numba.config
    elsewhere, settings.CACHE_DIR = settings.CACHE_DIR, ""
    try:
        compile_it = numba.njit(cache=True, nogil=True, error_model="numpy")
        return cast(Function, compile_it(function))
    finally:
        settings.CACHE_DIR = elsewhere
