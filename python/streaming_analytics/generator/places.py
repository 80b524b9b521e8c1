"""Countries, regions and time zones, from the reference seeds."""

import csv
from dataclasses import dataclass
from functools import cache

from streaming_analytics.project import find_project


@dataclass(frozen=True)
class Place:
    """One country of the reference seed."""

    country_code: str
    region_code: str
    time_zone: str


@cache
def load_places() -> tuple[Place, ...]:
    """Return the countries in the order of the reference seed."""
    path = find_project().root / "seeds" / "reference" / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["country_code"], row["region_code"], row["time_zone"])
            for row in csv.DictReader(file)
        )
