"""The suites as written in suites.yml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

SUITES = Path(__file__).parent / "suites.yml"

Level = Literal["stop", "warn"]


@dataclass(frozen=True)
class Expectation:
    """One expectation.

    Attributes:
        name: What holds, as it is named to people; unique.
        kind: Great Expectations' own name of it.
        arguments: Its arguments.
        level: stop or warn.
        first_build: Its level while there is nothing to compare with; None leaves it
            out then.
        because: Why the limit lies where it does.
    """

    name: str
    kind: str
    arguments: dict[str, Any]
    level: Level
    first_build: Level | None
    because: str

    def level_now(self, *, is_first: bool) -> Level | None:
        """Return the level that counts; None when it cannot be held yet."""
        if not is_first:
            return self.level
        if self.first_build is None and self.level == "warn":
            return "warn"
        return self.first_build


@dataclass(frozen=True)
class Suite:
    """Expectations on one small table.

    Attributes:
        name: Unique.
        about: What the table holds, for people.
        measures: What it is made of.
        frame: How it is made.
        expectations: In the order of the file.
    """

    name: str
    about: str
    measures: tuple[str, ...]
    frame: str
    expectations: tuple[Expectation, ...]


@cache
def read_suites(path: Path = SUITES) -> tuple[Suite, ...]:
    """Return the suites in the order of the file."""
    return tuple(
        Suite(
            entry["suite"],
            " ".join(entry["about"].split()),
            tuple(entry["measures"]),
            entry["frame"],
            tuple(map(_expectation, entry["expectations"])),
        )
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    )


def expectation_names() -> list[str]:
    """Return the names of all expectations."""
    return [one.name for suite in read_suites() for one in suite.expectations]


def _expectation(entry: dict[str, Any]) -> Expectation:
    return Expectation(
        entry["name"],
        entry["expect"],
        entry["with"],
        entry["level"],
        entry.get("first_build"),
        entry["because"],
    )
