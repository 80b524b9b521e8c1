"""Adapters: folders of other shapes, rewritten as files of the raw contract."""

import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.errors import UserError

if TYPE_CHECKING:
    from streaming_analytics.loading.adapters.raw_files import RawFiles

# Takes the folder and what to write to, and returns lines for people about what was
# changed or left out; None stands for no lines.
Adapter = Callable[[Path, "RawFiles"], Sequence[str] | None]

# Installed packages name their adapters under it, as `name = "module:function"`.
ENTRY_POINTS = "streaming_analytics.adapters"
_BUILT_IN = {
    "movielens": "streaming_analytics.loading.adapters.movielens:convert",
    "netflix": "streaming_analytics.loading.adapters.netflix:convert",
    "snowplow": "streaming_analytics.loading.adapters.snowplow:convert",
    "stripe": "streaming_analytics.loading.adapters.stripe:convert",
}


def adapter_names() -> list[str]:
    """Return the adapters that have a name: those built in and those installed."""
    installed = {point.name for point in entry_points(group=ENTRY_POINTS)}
    return sorted({*_BUILT_IN, *installed})


def find_adapter(name: str) -> Adapter:
    """Return the adapter of that name, or the function that FILE.py:FUNCTION names.

    Raises:
        UserError: There is none, or its file cannot be run.
    """
    file, _, function = name.rpartition(":")
    if file.endswith(".py"):
        return _of_file(Path(file), function)
    if name in _BUILT_IN:
        module, attribute = _BUILT_IN[name].split(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            return _told(name, point.load())
    raise UserError(
        f"there is no adapter {name}; there are {', '.join(adapter_names())}, and a "
        "function of your own: --adapter FILE.py:FUNCTION (docs/adapters.md)"
    )


def _of_file(path: Path, function: str) -> Adapter:
    if not path.is_file():
        raise UserError(f"there is no file {path} with an adapter")
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} cannot be read as Python")
    module = module_from_spec(spec)
    # Dataclasses of the file look their module up by its name.
    sys.modules.setdefault(path.stem, module)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _failed(str(path), error) from error
    found = getattr(module, function, None)
    if not callable(found):
        raise UserError(f"{path} has no function {function}")
    return _told(str(path), found)


def _told(name: str, adapter: Adapter) -> Adapter:
    """Return the adapter with its mistakes told in one line, where they are."""

    def convert(directory: Path, raw: "RawFiles") -> Sequence[str] | None:
        try:
            return adapter(directory, raw)
        except UserError:
            raise
        except Exception as error:
            raise _failed(name, error) from error

    return convert


def _failed(name: str, error: Exception) -> UserError:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.endswith(name)] or frames
    line = error.lineno if isinstance(error, SyntaxError) else own[-1].lineno
    return UserError(f"{name}, line {line}: {type(error).__name__}: {error}")
