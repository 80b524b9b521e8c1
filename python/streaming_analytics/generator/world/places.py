"""Countries, regions and time zones, from the reference seeds."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streaming_analytics.generator.world.market import COUNTRIES
from streaming_analytics.project import own_checkout


@dataclass(frozen=True)
class Place:
    """One country of the market."""

    country_code: str
    region_code: str
    time_zone: str


@cache
def read_places(path: Path) -> tuple[Place, ...]:
    """Return where the countries of the market lie, by the reference seed at `path`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["country_code"]: row for row in csv.DictReader(file)}
    return tuple(
        Place(code, rows[code]["region_code"], rows[code]["time_zone"])
        for code in COUNTRIES
    )


def own_places() -> tuple[Place, ...]:
    """Return the countries of the checkout that this code belongs to."""
    return read_places(own_checkout().countries)
