"""Adapters: folders of other shapes, rewritten as files of the raw contract."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_analytics.raw_contract import RawTable

# Takes the folder, the raw tables and an empty folder to fill with one file for each
# of them, and returns lines for people about what was changed or left out.
Adapter = Callable[[Path, Iterable["RawTable"], Path], list[str]]

_ADAPTERS = {
    "movielens": "streaming_analytics.loading.adapters.movielens:convert",
}
NAMES = tuple(_ADAPTERS)


def adapter(name: str) -> Adapter:
    """Return the adapter of that name, one of `NAMES`."""
    module, function = _ADAPTERS[name].split(":")
    return getattr(import_module(module), function)
