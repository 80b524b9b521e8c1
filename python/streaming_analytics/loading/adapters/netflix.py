"""A person's Netflix export as raw files: profiles, titles, episodes and plays.

The export says nothing of lengths, releases, pauses, or the position at which a play
began; those stay NULL. docs/adapters.md says what becomes of each column.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.netflix_titles import (
    Name,
    Seasons,
    take_apart,
)
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.adapters.tables import find_table, key_of, read_table

_VIEWING = "ViewingActivity.csv"
_VIEWING_COLUMNS = (
    *("Profile Name", "Start Time", "Duration", "Title"),
    *("Supplemental Video Type", "Device Type", "Country"),
)
# The slim download of one profile's history has titles and days alone.
_SLIM = "NetflixViewingHistory.csv"
# Words of a device's name; the first kind that has one of them is taken.
_DEVICES = (
    (
        "tv",
        r"\btv\b|television|chromecast|roku|stick|shield|set.?top|\bstb\b|playstation"
        r"|\bps[345]\b|xbox|\bwii|blu.?ray|bravia",
    ),
    ("tablet", r"ipad|tablet|kindle|fire hd|galaxy tab"),
    ("mobile", r"phone|ipod|(?<!windows )mobile|pixel"),
    (
        "computer",
        r"\bpc\b|windows|\bmac|chrome|firefox|edge|safari|opera|browser|laptop|linux",
    ),
)
# A name without any of them is most often a set of some maker.
_UNNAMED_DEVICE = "tv"
_DEVICES_NAMED = 5
_COUNTRY = re.compile(r"([A-Z]{2})\b")
_COLUMN_OF_CREATION = "Profile Creation Time"


@dataclass
class _Play:
    place: str
    profile: str
    name: Name
    text: str
    began: datetime
    seconds: int
    is_supplemental: bool
    device: str
    country: str
    is_autoplayed: bool | None


@dataclass
class _Profile:
    first: datetime
    countries: Counter[str] = field(default_factory=Counter)
    created: datetime | None = None


def convert(directory: Path, raw: RawFiles) -> list[str]:
    """Write the folder's profiles, titles, episodes and plays.

    Raises:
        UserError: The folder is no Netflix export, or a line cannot be read.
    """
    plays, last = _read_plays(directory)
    names: dict[str, Name] = {}
    for play in plays:
        if not play.is_supplemental:
            names.setdefault(_title_key(play.name), play.name)
    _write_users(plays, _created(directory), last, raw)
    for key, name in names.items():
        raw.write(
            "content",
            content_id=key,
            title=name.title,
            content_type="series" if name.is_series else "film",
            loaded_at=last,
        )
    left_out = _write_plays(plays, names, last, raw)
    notes = [
        "Netflix's export has no lengths, releases, positions or pauses: those are "
        "NULL, and so are views and completion; hours and rankings are there"
    ]
    if left_out:
        notes.append(
            f"{left_out:,} trailers and previews of titles that nobody played were "
            "left out"
        )
    unnamed = Counter(play.device for play in plays if device_code(play.device) is None)
    if unnamed:
        notes.append(
            f"{unnamed.total():,} plays on devices whose name says no kind are taken "
            f"for televisions: {', '.join(sorted(unnamed)[:_DEVICES_NAMED])}"
        )
    return notes


def _read_plays(directory: Path) -> tuple[list[_Play], datetime]:
    """Return the plays in the order of their beginnings, and when the last ended."""
    path = find_table(directory, _VIEWING)
    if path is None:
        slim = find_table(directory, _SLIM)
        also = (
            f"; {slim.name} has days only, so ask Netflix for all personal "
            "information (netflix.com/account/getmyinfo)"
            if slim
            else ""
        )
        raise UserError(
            f"{directory} is not a Netflix export: there is no "
            f"CONTENT_INTERACTION/{_VIEWING} in it{also}"
        )
    plays = [_play(row, place) for place, row in read_table(path, _VIEWING_COLUMNS)]
    if not plays:
        raise UserError(f"{path} has no plays, so there is nothing to load")
    plays.sort(key=lambda play: (play.began, play.profile, play.text))
    return plays, max(play.began + timedelta(seconds=play.seconds) for play in plays)


def _play(row: dict[str, str], place: str) -> _Play:
    if not row["Profile Name"] or not row["Title"]:
        raise UserError(f"{place}: a play needs a profile and a title")
    country = _COUNTRY.match(row["Country"])
    if country is None:
        raise UserError(
            f"{place}: {row['Country']!r} is no country; expected such as DE (Germany)"
        )
    # "Autoplayed: user action: None;" is said of what began by itself, and of what did
    # not nothing is said for certain.
    is_autoplayed = (
        True
        if "autoplayed: user action: none" in row.get("Attributes", "").lower()
        else None
    )
    return _Play(
        place,
        row["Profile Name"],
        take_apart(row["Title"]),
        row["Title"],
        _moment(row["Start Time"], place),
        _seconds(row["Duration"], place),
        bool(row["Supplemental Video Type"]),
        row["Device Type"],
        country[1],
        is_autoplayed,
    )


def device_code(name: str) -> str | None:
    """Return tv, mobile, computer or tablet for a device as Netflix names it.

    None stands for a name that says no kind.
    """
    for code, words in _DEVICES:
        if re.search(words, name, re.IGNORECASE):
            return code
    return None


def _moment(text: str, place: str) -> datetime:
    """Return a moment such as 2024-03-01 20:15:00; Netflix writes them in UTC."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise UserError(
            f"{place}: {text!r} is no moment such as 2024-03-01 20:15:00"
        ) from error


def _seconds(text: str, place: str) -> int:
    found = re.fullmatch(r"(\d+):([0-5]\d):([0-5]\d)", text)
    if found is None:
        raise UserError(f"{place}: {text!r} is no duration such as 0:42:10")
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _created(directory: Path) -> dict[str, datetime]:
    """Return when the profiles were made, where the export says so."""
    path = find_table(directory, "Profiles.csv")
    if path is None:
        return {}
    return {
        row["Profile Name"]: _moment(row[_COLUMN_OF_CREATION], place)
        for place, row in read_table(path, ["Profile Name"])
        if row.get(_COLUMN_OF_CREATION)
    }


def _write_users(
    plays: list[_Play], created: dict[str, datetime], last: datetime, raw: RawFiles
) -> None:
    profiles: dict[str, _Profile] = {}
    for play in plays:
        profile = profiles.setdefault(play.profile, _Profile(play.began))
        profile.countries[play.country] += 1
    for name, profile in profiles.items():
        # Profiles that were made again are younger than their first play.
        made = min(created.get(name, profile.first), profile.first)
        raw.write(
            "users",
            user_id=_user_key(name),
            full_name=name,
            country_code=profile.countries.most_common(1)[0][0],
            channel_code="organic",
            signed_up_at=made,
            loaded_at=last,
        )


def _write_plays(
    plays: list[_Play], names: dict[str, Name], last: datetime, raw: RawFiles
) -> int:
    """Write plays and the episodes they name; return how many were left out."""
    seasons, episodes, left_out = Seasons(), set[str](), 0
    advertised = sorted(names, key=lambda key: -len(names[key].title))
    repeated: Counter[str] = Counter()
    for play in plays:
        title: str | None = _title_key(play.name)
        episode = None
        if play.is_supplemental:
            title = next((k for k in advertised if names[k].title in play.text), None)
        elif play.name.episode is not None:
            season = seasons.number(play.name)
            episode = f"{title}-{season}-{play.name.episode}"
            if episode not in episodes:
                episodes.add(episode)
                raw.write(
                    "episodes",
                    episode_id=episode,
                    content_id=title,
                    season_number=season,
                    episode_number=play.name.episode,
                    loaded_at=last,
                )
        if title is None:
            left_out += 1
            continue
        key = key_of("nf", play.profile, play.began.isoformat(), play.text)
        repeated[key] += 1
        raw.write(
            "viewing",
            play_id=key if repeated[key] == 1 else f"{key}-{repeated[key]}",
            user_id=_user_key(play.profile),
            content_id=title,
            episode_id=episode,
            device_code=device_code(play.device) or _UNNAMED_DEVICE,
            play_type="trailer" if play.is_supplemental else "main",
            started_at=play.began,
            watched_seconds=play.seconds,
            is_autoplayed=play.is_autoplayed,
            loaded_at=last,
        )
    return left_out


def _user_key(profile: str) -> str:
    return key_of("nf", profile)


def _title_key(name: Name) -> str:
    return key_of("nf", "series" if name.is_series else "film", name.title)
