"""Plays, and what one account saw of one title."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .membership import country_of
from .raw import Raw, Row, Table, once

VIEW_SECONDS = 120
SHORT_FORM_SECONDS = 600
SHORT_FORM_VIEW_PERCENT = 5
STARTER_SECONDS = 120
WATCHER_PERCENT = 70
COMPLETER_PERCENT = 90
SITTING_GAP = timedelta(minutes=30)


@dataclass(frozen=True)
class Part:
    """A film, or an episode of a series."""

    id: str
    content_id: str
    season: int
    runtime: int


@once
def parts(raw: Raw) -> dict[str, Part]:
    """Return films and episodes by their key."""
    films = [
        Part(row["content_id"], row["content_id"], 1, row["runtime_seconds"])
        for row in raw.tables["content"]
        if row["content_type"] == "film"
    ]
    episodes = [
        Part(
            row["episode_id"],
            row["content_id"],
            row["season_number"],
            row["runtime_seconds"],
        )
        for row in raw.tables["episodes"]
    ]
    return {part.id: part for part in films + episodes}


@once
def parts_of_title(raw: Raw) -> dict[str, list[Part]]:
    """Return each title's parts."""
    grouped: dict[str, list[Part]] = defaultdict(list)
    for part in parts(raw).values():
        grouped[part.content_id].append(part)
    return grouped


def is_view(seconds: int, runtime: int | None) -> bool:
    """Tell whether so much of a film or episode counts as a view."""
    if seconds >= VIEW_SECONDS:
        return True
    return (
        runtime is not None
        and runtime < SHORT_FORM_SECONDS
        and seconds * 100 >= runtime * SHORT_FORM_VIEW_PERCENT
    )


@once
def plays(raw: Raw) -> Table:
    """Return the plays up to today with runtime, end, local time and valid view."""
    zones = {user: ZoneInfo(row["time_zone"]) for user, row in country_of(raw).items()}
    utc = ZoneInfo("UTC")
    found: Table = []
    for row in raw.until_today("viewing", "started_at"):
        is_main = row["play_type"] == "main"
        part = parts(raw).get(row["episode_id"] or row["content_id"])
        runtime = part.runtime if is_main and part else None
        end = row["start_position_seconds"] + row["watched_seconds"]
        begun: datetime = row["started_at"]
        local = begun.replace(tzinfo=utc).astimezone(zones[row["user_id"]])
        found.append(
            row
            | {
                "part_id": part.id if part else None,
                "runtime_seconds": runtime,
                "end_position_seconds": end if runtime is None else min(end, runtime),
                "is_main": is_main,
                "is_valid_view": is_main and is_view(row["watched_seconds"], runtime),
                "ended_at": begun
                + timedelta(seconds=row["watched_seconds"] + row["paused_seconds"]),
                "local": local,
            }
        )
    return found


@once
def main_plays(raw: Raw) -> Table:
    """Return the plays of titles themselves, trailers left out."""
    return [play for play in plays(raw) if play["is_main"]]


def seconds_seen_once(stretches: list[tuple[int, int]]) -> int:
    """Return the length of the union of stretches."""
    total = reached = 0
    for begin, end in sorted(stretches):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def count_sittings(own: Table) -> int:
    """Return in how many sittings one account watched one title."""
    count, latest_end = 0, None
    for play in sorted(own, key=lambda play: play["started_at"]):
        if latest_end is None or play["started_at"] - latest_end >= SITTING_GAP:
            count += 1
        latest_end = max(latest_end or play["ended_at"], play["ended_at"])
    return count


@once
def viewers(raw: Raw) -> dict[tuple[str, str], Row]:
    """Return what each account saw of each title it played, by (account, title)."""
    grouped: dict[tuple[str, str], Table] = defaultdict(list)
    for play in main_plays(raw):
        grouped[play["user_id"], play["content_id"]].append(play)

    found: dict[tuple[str, str], Row] = {}
    for (user_id, content_id), own in grouped.items():
        played: dict[str, int] = defaultdict(int)
        stretches: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for play in own:
            played[play["part_id"]] += play["watched_seconds"]
            stretches[play["part_id"]].append(
                (play["start_position_seconds"], play["end_position_seconds"])
            )
        seen = {part: seconds_seen_once(own) for part, own in stretches.items()}
        reached = {
            percent: {
                part
                for part, seconds in seen.items()
                if seconds * 100 >= parts(raw)[part].runtime * percent
            }
            for percent in (WATCHER_PERCENT, COMPLETER_PERCENT)
        }
        completed = reached[COMPLETER_PERCENT]
        seasons: dict[int, list[str]] = defaultdict(list)
        for part in parts_of_title(raw)[content_id]:
            seasons[part.season].append(part.id)
        found[user_id, content_id] = {
            "user_id": user_id,
            "content_id": content_id,
            "plays": len(own),
            "sittings": count_sittings(own),
            "watched_seconds": sum(played.values()),
            "unique_seconds": sum(seen.values()),
            "runtime_seconds": sum(p.runtime for p in parts_of_title(raw)[content_id]),
            "parts_completed": len(completed),
            "is_starter": max(played.values()) >= STARTER_SECONDS,
            "is_watcher": bool(reached[WATCHER_PERCENT]),
            "is_completer": any(
                100 * len(completed.intersection(ids)) >= COMPLETER_PERCENT * len(ids)
                for ids in seasons.values()
            ),
            "first_started_at": min(play["started_at"] for play in own),
            "last_ended_at": max(play["ended_at"] for play in own),
        }
    return found
