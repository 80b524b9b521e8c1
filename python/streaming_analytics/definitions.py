"""What words mean here: dbt's variables and the reference seeds, as dbt reads them.

`dbt_project.yml` and `seeds/reference/` state each once, for SQL and for Python.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from streaming_analytics.errors import UserError

PROJECT_NAME = "streaming_analytics"
PROJECT_FILE = "dbt_project.yml"
_DIGITS = re.compile("[0-9]{1,7}")


@dataclass(frozen=True)
class Definitions:
    """The definitions of one checkout.

    Attributes:
        root: The checkout.
        variables: dbt's variables by name.
    """

    root: Path
    variables: Mapping[str, Any]

    def whole(self, name: str, lowest: int = 0) -> int:
        """Return a variable that is a whole number, in its own unit.

        Raises:
            UserError: It is not there, no whole number, or below `lowest`.
        """
        text = str(self._stated(name))
        # As the macro integer_var() reads it.
        if not _DIGITS.fullmatch(text) or int(text) < lowest:
            raise UserError(
                f"the variable {name} is {text!r}; "
                f"use a whole number from {lowest} in {PROJECT_FILE}"
            )
        return int(text)

    def rows(self, name: str, keys: Sequence[str]) -> list[dict[str, str]]:
        """Return a variable that is a list of rows, each with these keys.

        Raises:
            UserError: It is not there, or one of its rows lacks a key.
        """
        found = self._stated(name)
        if not isinstance(found, list):
            raise UserError(f"the variable {name} is no list; see {PROJECT_FILE}")
        for row in found:
            if not isinstance(row, dict) or not row.keys() >= set(keys):
                raise UserError(
                    f"the variable {name} has {row!r}; "
                    f"state {', '.join(keys)} in {PROJECT_FILE}"
                )
        return found

    def seed(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a reference seed in their order, values as text.

        Raises:
            UserError: There is no such seed.
        """
        path = self.root / "seeds" / "reference" / f"{name}.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except FileNotFoundError as error:
            raise UserError(f"there is no seed {path}; restore it") from error

    def _stated(self, name: str) -> Any:
        if name not in self.variables:
            raise UserError(
                f"{PROJECT_FILE} has no variable {name}; state it there under vars"
            )
        return self.variables[name]


def read_definitions(root: Path) -> Definitions:
    """Read the definitions of the checkout at `root`.

    As in dbt, a variable under the project's own name goes before one that is stated
    for all projects.

    Raises:
        UserError: The project file is no YAML.
    """
    path = root / PROJECT_FILE
    # The same rules in C, where the machine has it: ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        stated = yaml.load(path.read_text(encoding="utf-8"), loader).get("vars") or {}
    except yaml.YAMLError as error:
        raise UserError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    own = stated.get(PROJECT_NAME)
    return Definitions(root, {**stated, **(own if isinstance(own, dict) else {})})
