"""What some faults must know of the platform: runtimes, releases, licences, places."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from streaming_analytics.generator.world.places import Place


def table_files(directory: Path, table: str) -> list[Path]:
    """Return the CSV files of a table: one, or one per year."""
    return sorted(
        path
        for path in directory.glob(f"{table}*.csv")
        if path.stem == table or path.stem.removeprefix(f"{table}_").isdigit()
    )


@dataclass(frozen=True)
class Known:
    """The clean files of a platform and its countries, read when they are asked for."""

    directory: Path
    countries: tuple[Place, ...]

    def _rows(self, table: str) -> Iterator[dict[str, str]]:
        for path in table_files(self.directory, table):
            with path.open(encoding="utf-8", newline="") as file:
                yield from csv.DictReader(file)

    @cached_property
    def _runtimes(self) -> dict[str, str]:
        films = {r["content_id"]: r["runtime_seconds"] for r in self._rows("content")}
        return films | {
            row["episode_id"]: row["runtime_seconds"] for row in self._rows("episodes")
        }

    def runtime(self, play: dict[str, str]) -> int:
        """Return the seconds that the film or episode of a play lasts."""
        return int(self._runtimes[play["episode_id"] or play["content_id"]] or 0)

    @cached_property
    def releases(self) -> dict[str, str]:
        """Release date by title."""
        return {row["content_id"]: row["release_date"] for row in self._rows("content")}

    @cached_property
    def _users(self) -> dict[str, tuple[Place, str]]:
        places = {place.country_code: place for place in self.countries}
        return {
            row["user_id"]: (places[row["country_code"]], row["signed_up_at"])
            for row in self._rows("users")
        }

    @cached_property
    def _licences(self) -> dict[tuple[str, str], str]:
        """Last end of a licence by title and region; empty while there is none."""
        ends: dict[tuple[str, str], str] = {}
        for row in self._rows("content_licences"):
            key = row["content_id"], row["region_code"]
            until = row["available_until_date"]
            ends[key] = max(ends.get(key, until), until) if until else ""
        return ends

    def licence_end(self, play: dict[str, str]) -> str:
        """Return the day from which a play's title is gone for good; empty for none."""
        region = self._users[play["user_id"]][0].region_code
        return self._licences.get((play["content_id"], region), "")

    def zone(self, user_id: str) -> ZoneInfo:
        """Return the time zone of a user's country."""
        return ZoneInfo(self._users[user_id][0].time_zone)

    def signed_up(self, user_id: str) -> datetime:
        """Return when a user signed up."""
        return datetime.fromisoformat(self._users[user_id][1])

    @cached_property
    def last_load(self) -> str:
        """The last moment at which plays were loaded."""
        return max((row["loaded_at"] for row in self._rows("viewing")), default="")


@cache
def clock_changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Return the moments of a year at which a zone's clocks are put on or back."""
    found = []
    for age in range(366):
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=age)
        hours = [day + timedelta(hours=hour) for hour in range(25)]
        offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
        changes = (at for at in range(1, 25) if offsets[at - 1] != offsets[at])
        found += [hours[at] for at in changes]
    return tuple(found)
