"""Names of a Netflix export taken apart: show, season and episode."""

import re
from dataclasses import dataclass

# The words of the languages in which exports were seen; the export is in that of the
# profile.
_EPISODE_WORDS = (
    "Episode|Folge|Épisode|Episodio|Episódio|Capítulo|Aflevering|Avsnitt|Bölüm|Odcinek"
)
_SEASON_WORDS = (
    "Season|Series|Part|Volume|Book|Chapter|Collection|Staffel|Teil|Saison|Partie|"
    "Temporada|Parte|Stagione|Seizoen|Deel|Säsong|Sezon"
)
_ONE_SEASON = "Limited Series|Miniseries|Mini-Series|Miniserie|Mini-série|Minissérie"
_EPISODE = re.compile(rf"\s*\((?:{_EPISODE_WORDS}) (\d+)\)\s*$", re.IGNORECASE)
_SEASON = re.compile(rf"(?:{_SEASON_WORDS}) (\d+)\b.*", re.IGNORECASE)
_SEASON_AFTER = re.compile(rf"(\d+)\.? (?:{_SEASON_WORDS})\b.*", re.IGNORECASE)
_ONLY = re.compile(rf"(?:{_ONE_SEASON})\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    Attributes:
        title: The film, or the show.
        is_series: Whether a season or an episode is named.
        season: The season as it is written; empty where none is named.
        season_number: The number in it, 1 for a show of one season.
        episode: The number of the episode; None where none is named.
    """

    title: str
    is_series: bool
    season: str = ""
    season_number: int = 1
    episode: int | None = None


def take_apart(text: str) -> Name:
    """Return what a name says.

    "Show: Season 2: A Night Out (Episode 4)" is a season and an episode, "Show: A Night
    Out (Episode 4)" an episode of a show of one season, and what names neither is a
    film, whatever colons it has.
    """
    numbered = _EPISODE.search(text)
    episode = int(numbered[1]) if numbered else None
    parts = _EPISODE.sub("", text).split(": ")
    for place, part in enumerate(parts[1:], start=1):
        # A film may end in "Part 2"; a season is followed by the name of its episode.
        is_followed = place < len(parts) - 1 or episode is not None
        number = _SEASON.fullmatch(part) or _SEASON_AFTER.fullmatch(part)
        if is_followed and (number or _ONLY.fullmatch(part)):
            return Name(
                ": ".join(parts[:place]),
                True,
                part,
                int(number[1]) if number else 1,
                episode,
            )
    if episode is None:
        return Name(text, False)
    return Name(": ".join(parts[:-1]) or parts[0], True, episode=episode)


class Seasons:
    """Numbers of seasons, so that two of one show never share one."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[str, dict[str, int]] = {}

    def number(self, name: Name) -> int:
        """Return the number of a season; one that is taken moves on to the next free.

        A show may have a "Season 1" and a "Part 1".
        """
        known = self._numbers.setdefault(name.title, {})
        if name.season not in known:
            number = name.season_number
            if number in known.values():
                number = max(known.values()) + 1
            known[name.season] = number
        return known[name.season]
