"""The values that the definitions rest on, as `dbt_project.yml` states them.

Only the values are the project's: what is done with them is said here once more.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import yaml

from .raw import ROOT

_stated = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
_overrides: dict[str, int] = {}


def variable(name: str) -> int:
    """Return a variable that is a whole number, in its own unit."""
    return _overrides.get(name, _stated[name])


@contextmanager
def overridden(values: Mapping[str, int]) -> Generator[None]:
    """Let variables have other values for the time being."""
    assert values.keys() <= _stated.keys()
    _overrides.update(values)
    try:
        yield
    finally:
        _overrides.clear()
