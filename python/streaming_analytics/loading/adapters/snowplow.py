"""Snowplow media events as raw files: a stretch of playback is a play.

Events know no catalogue: the label of the player is the title, and its duration the
length. docs/adapters.md says what becomes of each column.
"""

import csv
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.adapters.snowplow_playback import (
    PING_SECONDS,
    Heartbeat,
    stretches,
)
from streaming_analytics.loading.adapters.tables import key_of

_PLAYER = "contexts_com_snowplowanalytics_snowplow_media_player_"
_SESSION = "contexts_com_snowplowanalytics_snowplow_media_session_"
# Version 1 has one event for all kinds.
_ANY_EVENT = "unstruct_event_com_snowplowanalytics_snowplow_media_player_event_"
_KINDS_OF_1 = {"seeking": "seek_start", "seeked": "seek_end", "ended": "end"}
# Snowplow's names of platforms and, of the browser's or the app's device, of its type.
_PLATFORMS = {"tv": "tv", "cnsl": "tv", "iot": "tv", "pc": "computer"}
_DEVICES = {
    **dict.fromkeys(("tv", "game console", "digital media receiver"), "tv"),
    **dict.fromkeys(("computer", "desktop"), "computer"),
    **dict.fromkeys(("mobile", "phone", "smartphone"), "mobile"),
    "tablet": "tablet",
}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FOLDER_ENDS = (".csv", ".json", ".jsonl", ".ndjson")


@dataclass
class _Session:
    user: str
    title: str
    device: str | None
    beats: dict[str, Heartbeat] = field(default_factory=dict)


@dataclass
class _Found:
    """What the events say, and how many of them say too little."""

    sessions: dict[str, _Session] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    countries: dict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    first: dict[str, datetime] = field(default_factory=dict)
    last: datetime = _LONG_AGO
    left_out: int = 0


def convert(directory: Path, raw: RawFiles) -> list[str]:
    """Write users, titles and plays of the folder's events.

    Raises:
        UserError: The folder has no media events, or a line cannot be read.
    """
    found = _Found()
    for place, event in _events(directory):
        _add(event, place, found)
    if not found.sessions:
        raise UserError(
            f"{directory} has no media events with a player, a session and a user"
        )
    plays, silent = _write_plays(found, raw)
    titles = {found.sessions[key].title for key in plays}
    users = {found.sessions[key].user for key in plays}
    for user in sorted(users):
        raw.write(
            "users",
            user_id=user,
            country_code=found.countries[user].most_common(1)[0][0]
            if found.countries[user]
            else None,
            channel_code="organic",
            signed_up_at=found.first[user],
            loaded_at=found.last,
        )
    for title in sorted(titles):
        raw.write(
            "content",
            content_id=key_of("sp", title),
            title=title,
            content_type="film",
            runtime_seconds=found.lengths.get(title),
            loaded_at=found.last,
        )
    notes = ["events know no series, so that each label of a player is a film"]
    if silent:
        notes.append(f"{silent:,} media sessions in which nothing played were left out")
    if found.left_out:
        notes.append(
            f"{found.left_out:,} media events without a user, a label or a session "
            "were left out"
        )
    return notes


def _add(event: dict[str, Any], place: str, found: _Found) -> None:
    kind = _kind(event)
    if kind is None:
        return
    player, session = _entity(event, _PLAYER, place), _entity(event, _SESSION, place)
    user = event.get("user_id") or event.get("domain_userid")
    title = player.get("label")
    key = session.get("mediaSessionId") or event.get("page_view_id")
    if not user or not title or not key:
        found.left_out += 1
        return
    at = _moment(event, place)
    found.first[user] = min(at, found.first.get(user, at))
    found.last = max(found.last, at + timedelta(seconds=1))
    if country := event.get("geo_country"):
        found.countries[user][country] += 1
    # A session of one player goes on when the next media begins in it.
    name = key_of("sp", str(key), user, title)
    own = found.sessions.setdefault(name, _Session(user, title, _device(event)))
    if seconds := _number(player.get("duration"), place):
        length = math.ceil(seconds)
        found.lengths[title] = max(length, found.lengths.get(title, 0))
    paused = player.get("paused")
    # Events arrive at least once: the key of each holds the first.
    own.beats.setdefault(
        event.get("event_id") or place,
        Heartbeat(
            at,
            kind,
            _number(player.get("currentTime"), place),
            paused if isinstance(paused, bool) else None,
            int(_number(session.get("pingInterval"), place) or PING_SECONDS),
        ),
    )


def _kind(event: dict[str, Any]) -> str | None:
    """Return what happened to the player, None for an event of another sort."""
    name = event.get("event_name") or ""
    if name == "media_player_event":
        body = next(
            (v for k, v in event.items() if k.startswith(_ANY_EVENT) and v), None
        )
        kind = (json.loads(body) if isinstance(body, str) else body or {}).get("type")
        return _KINDS_OF_1.get(kind, kind)
    has_player = any(k.startswith(_PLAYER) and v for k, v in event.items())
    return name.removesuffix("_event") if has_player else None


def _entity(event: dict[str, Any], prefix: str, place: str) -> dict[str, Any]:
    """Return the first entity of a kind, its names as the schema has them."""
    value = next((v for k, v in event.items() if k.startswith(prefix) and v), None)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise UserError(f"{place}: {str(value)[:60]!r} is no JSON") from error
    if isinstance(value, list):
        value = value[0] if value else None
    return {_camel(name): item for name, item in (value or {}).items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _device(event: dict[str, Any]) -> str | None:
    named = _DEVICES.get(str(event.get("dvce_type") or "").lower())
    return _PLATFORMS.get(str(event.get("platform") or "").lower()) or named


def _number(value: Any, place: str) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise UserError(f"{place}: {value!r} is no number of seconds") from error


def _moment(event: dict[str, Any], place: str) -> datetime:
    """Return when an event happened; Snowplow writes moments in UTC."""
    text = event.get("derived_tstamp") or event.get("collector_tstamp") or ""
    try:
        moment = datetime.fromisoformat(str(text).removesuffix(" UTC"))
    except ValueError as error:
        raise UserError(f"{place}: {text!r} is no moment") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _write_plays(found: _Found, raw: RawFiles) -> tuple[set[str], int]:
    """Write the plays; return the sessions that have one, and how many have none."""
    played: set[str] = set()
    for key, session in found.sessions.items():
        beats = sorted(session.beats.values(), key=lambda beat: beat.at)
        for number, stretch in enumerate(stretches(beats), start=1):
            played.add(key)
            raw.write(
                "viewing",
                play_id=f"{key}-{number}",
                user_id=session.user,
                content_id=key_of("sp", session.title),
                device_code=session.device,
                play_type="main",
                started_at=stretch.began,
                watched_seconds=round(stretch.watched),
                paused_seconds=round(stretch.paused),
                start_position_seconds=None
                if stretch.position is None
                else int(stretch.position),
                loaded_at=found.last,
            )
    return played, len(found.sessions) - len(played)


def _events(directory: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the columns of each event of the folder's files."""
    # Contexts are longer than what a field of CSV may be by default.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    files = sorted(
        path
        for path in directory.rglob("*")
        if path.suffix.lower() in _FOLDER_ENDS and not path.name.startswith(".")
    )
    if not files:
        raise UserError(f"{directory} has no {', '.join(_FOLDER_ENDS)} of events")
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".csv":
                lines = csv.DictReader(file)
                for row in lines:
                    yield f"{path}, line {lines.line_num}", row
                continue
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    yield f"{path}, line {number}", json.loads(line)
                except ValueError as error:
                    raise UserError(f"{path}, line {number}: no JSON") from error
