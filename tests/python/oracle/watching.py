"""Plays, and what one account saw of one title."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .membership import country_of
from .raw import Raw, Row, Table, day, once
from .variables import variable


@dataclass(frozen=True)
class Part:
    """A film, or an episode of a series."""

    id: str
    content_id: str
    season: int
    runtime: int | None


@dataclass(frozen=True)
class FinishedSeason:
    """A season of a series that an account completed."""

    user_id: str
    content_id: str
    season_number: int
    first_started_at: datetime
    last_episode_begun_at: datetime


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
    if seconds >= variable("valid_view_seconds"):
        return True
    return (
        runtime is not None
        and runtime < variable("short_form_runtime_seconds")
        and seconds * 100 >= runtime * variable("short_form_view_percent")
    )


@once
def plays(raw: Raw) -> Table:
    """Return the plays up to today with runtime, end, local time and valid view."""
    zones = {user: ZoneInfo(row["time_zone"]) for user, row in country_of(raw).items()}
    utc = ZoneInfo("UTC")
    found: Table = []
    bots = bot_days(raw)
    for row in raw.until_today("viewing", "started_at"):
        is_main = row["play_type"] == "main"
        part = parts(raw).get(row["episode_id"] or row["content_id"])
        runtime = part.runtime if is_main and part else None
        begin = row["start_position_seconds"]
        end = None if begin is None else begin + row["watched_seconds"]
        if end is not None and runtime is not None:
            end = min(end, runtime)
        begun: datetime = row["started_at"]
        local = begun.replace(tzinfo=utc).astimezone(zones[row["user_id"]])
        found.append(
            row
            | {
                "part_id": part.id if part else None,
                "runtime_seconds": runtime,
                "end_position_seconds": end,
                "is_main": is_main,
                "is_bot": (row["user_id"], begun.date()) in bots,
                "is_valid_view": is_main and is_view(row["watched_seconds"], runtime),
                "ended_at": begun
                + timedelta(
                    seconds=row["watched_seconds"] + (row["paused_seconds"] or 0)
                ),
                "local": local,
            }
        )
    return found


@once
def bot_days(raw: Raw) -> set[tuple[str, date]]:
    """Return accounts and days (UTC) with more playback than a household can use."""
    seconds: dict[tuple[str, date], int] = defaultdict(int)
    for row in raw.tables["viewing"]:
        seconds[row["user_id"], day(row["started_at"])] += row["watched_seconds"]
    most = variable("bot_day_hours") * 3600
    return {key for key, watched in seconds.items() if watched > most}


@once
def main_plays(raw: Raw) -> Table:
    """Return the plays of titles themselves, trailers left out."""
    return [play for play in plays(raw) if play["is_main"]]


@once
def plays_of_people(raw: Raw) -> Table:
    """Return the plays of titles themselves, those of bots left out."""
    return [play for play in main_plays(raw) if not play["is_bot"]]


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
        if latest_end is None or play["started_at"] - latest_end >= timedelta(
            minutes=variable("session_gap_minutes")
        ):
            count += 1
        latest_end = max(latest_end or play["ended_at"], play["ended_at"])
    return count


@dataclass
class Session:
    """A run of plays of one account, each within the gap of the one before."""

    user_id: str
    number: int
    plays: Table
    ended_at: datetime

    @property
    def started_at(self) -> datetime:
        """Moment the first play began."""
        return self.plays[0]["started_at"]

    @property
    def episodes_of_one_show(self) -> int:
        """Most episodes of one series with a valid view."""
        viewed: dict[str, set[str]] = defaultdict(set)
        for play in self.plays:
            if play["is_valid_view"] and play["episode_id"] is not None:
                viewed[play["content_id"]].add(play["episode_id"])
        return max(map(len, viewed.values()), default=0)

    @property
    def is_binge(self) -> bool:
        """Tell whether enough episodes of one series were viewed."""
        return self.episodes_of_one_show >= variable("binge_episodes")


@once
def sessions(raw: Raw) -> list[Session]:
    """Return the sessions of all accounts."""
    found: list[Session] = []
    ordered = sorted(main_plays(raw), key=lambda p: (p["user_id"], p["started_at"]))
    for play in ordered:
        last = found[-1] if found else None
        if last is None or last.user_id != play["user_id"]:
            found.append(Session(play["user_id"], 1, [play], play["ended_at"]))
        elif play["started_at"] - last.ended_at >= timedelta(
            minutes=variable("session_gap_minutes")
        ):
            found.append(
                Session(play["user_id"], last.number + 1, [play], play["ended_at"])
            )
        else:
            last.plays.append(play)
            last.ended_at = max(last.ended_at, play["ended_at"])
    return found


@once
def sessions_of_people(raw: Raw) -> list[Session]:
    """Return what is left of the sessions without the plays of bots."""
    found: list[Session] = []
    for session in sessions(raw):
        own = [play for play in session.plays if not play["is_bot"]]
        if own:
            ended = max(play["ended_at"] for play in own)
            found.append(Session(session.user_id, session.number, own, ended))
    return found


@once
def finished_seasons(raw: Raw) -> list[FinishedSeason]:
    """Return every season of a series that an account completed."""
    parts_of_season: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in raw.tables["episodes"]:
        parts_of_season[row["content_id"], row["season_number"]].add(row["episode_id"])
    own_plays: dict[tuple[str, str, int], Table] = defaultdict(list)
    for play in main_plays(raw):
        if play["episode_id"] is not None:
            season = parts(raw)[play["part_id"]].season
            own_plays[play["user_id"], play["content_id"], season].append(play)
    found: list[FinishedSeason] = []
    for (user_id, content_id, season), own in own_plays.items():
        lengths = [
            part.runtime
            for part in parts_of_title(raw)[content_id]
            if part.season == season
        ]
        if not is_measured(lengths, own):
            continue
        completed = completed_parts(raw, own)
        if 100 * len(completed) >= variable("completer_percent") * len(
            parts_of_season[content_id, season]
        ):
            begun: dict[str, datetime] = {}
            for play in own:
                part = play["part_id"]
                if part in completed:
                    begun[part] = min(
                        begun.get(part, play["started_at"]), play["started_at"]
                    )
            found.append(
                FinishedSeason(
                    user_id,
                    content_id,
                    season,
                    min(play["started_at"] for play in own),
                    max(begun.values()),
                )
            )
    return found


def is_measured(lengths: list[int | None], own: Table) -> bool:
    """Tell whether it can be known what was completed, from one account's plays."""
    return (
        bool(lengths)
        and None not in lengths
        and all(
            play["part_id"] is not None and play["start_position_seconds"] is not None
            for play in own
        )
    )


def seen_once(own: Table) -> dict[str, int]:
    """Return the seconds seen at least once of each part, from one account's plays."""
    stretches: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for play in own:
        stretches[play["part_id"]].append(
            (play["start_position_seconds"], play["end_position_seconds"])
        )
    return {part: seconds_seen_once(pieces) for part, pieces in stretches.items()}


def parts_seen(raw: Raw, own: Table, percent: int) -> set[str]:
    """Return the parts of which one account saw at least so much."""
    return {
        part
        for part, seconds in seen_once(own).items()
        if seconds * 100 >= (parts(raw)[part].runtime or 0) * percent
    }


def completed_parts(raw: Raw, own: Table) -> set[str]:
    """Return the parts that one account completed."""
    return parts_seen(raw, own, variable("completer_percent"))


def length_of(lengths: list[int | None]) -> int | None:
    """Return how long a title is, None where that of one of its parts is unknown."""
    known = [length for length in lengths if length is not None]
    return sum(known) if known and len(known) == len(lengths) else None


def what_was_seen(raw: Raw, watched: Table) -> dict[tuple[str, str], Row]:
    """Return what each account saw of each title in these plays."""
    grouped: dict[tuple[str, str], Table] = defaultdict(list)
    for play in watched:
        grouped[play["user_id"], play["content_id"]].append(play)

    found: dict[tuple[str, str], Row] = {}
    for (user_id, content_id), own in grouped.items():
        played: dict[str, int] = defaultdict(int)
        for play in own:
            played[play["part_id"]] += play["watched_seconds"]
        lengths = [part.runtime for part in parts_of_title(raw)[content_id]]
        measured = is_measured(lengths, own)
        placed = all(play["start_position_seconds"] is not None for play in own)
        completed = completed_parts(raw, own) if measured else set()
        seasons: dict[int, list[str]] = defaultdict(list)
        for part in parts_of_title(raw)[content_id]:
            seasons[part.season].append(part.id)
        found[user_id, content_id] = {
            "user_id": user_id,
            "content_id": content_id,
            "plays": len(own),
            "sittings": count_sittings(own),
            "watched_seconds": sum(played.values()),
            "unique_seconds": sum(seen_once(own).values()) if placed else None,
            "runtime_seconds": length_of(lengths),
            "is_measured": measured,
            "parts_completed": len(completed) if measured else None,
            "is_starter": max(played.values()) >= variable("valid_view_seconds"),
            "is_watcher": bool(parts_seen(raw, own, variable("watcher_percent")))
            if measured
            else None,
            "is_completer": any(
                100 * len(completed.intersection(ids))
                >= variable("completer_percent") * len(ids)
                for ids in seasons.values()
            )
            if measured
            else None,
            "first_started_at": min(play["started_at"] for play in own),
            "last_ended_at": max(play["ended_at"] for play in own),
        }
    return found


@once
def viewers(raw: Raw) -> dict[tuple[str, str], Row]:
    """Return what each account saw of each title it played, by (account, title)."""
    return what_was_seen(raw, main_plays(raw))
