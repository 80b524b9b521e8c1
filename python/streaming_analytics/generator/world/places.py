"""Countries, regions and time zones, from the reference seeds."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streaming_analytics.project import own_checkout


@dataclass(frozen=True)
class Place:
    """One country of the reference seed."""

    country_code: str
    region_code: str
    time_zone: str


@cache
def read_places(path: Path) -> tuple[Place, ...]:
    """Return the countries in the order of the reference seed at `path`."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["country_code"], row["region_code"], row["time_zone"])
            for row in csv.DictReader(file)
        )


def own_places() -> tuple[Place, ...]:
    """Return the countries of the checkout that this code belongs to."""
    return read_places(own_checkout().countries)
