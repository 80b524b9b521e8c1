"""MovieLens folders as raw files: ratings of films, and nothing made up beside them.

MovieLens knows who rated which film when. It has no plays, subscriptions, names or
countries; what stands in for those that a row must have is in
docs/decisions/0028-feedback-and-taste.md and told to the user.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.movielens_files import (
    Film,
    Rating,
    read_films,
    read_ratings,
)
from streaming_analytics.loading.adapters.raw_files import RawFiles

# The site is at home there; a row must be somewhere.
COUNTRY = "US"
REGION = "UCAN"
CHANNEL = "organic"
# The raw contract's lowest rating.
_LOWEST = 1.0


def convert(directory: Path, raw: RawFiles) -> list[str]:
    """Write the folder's films and ratings, and nothing to the other raw tables.

    Raises:
        UserError: The folder is not a MovieLens one, or a line cannot be read.
    """
    films = read_films(directory)
    found = _write_ratings(read_ratings(directory), films, raw)
    if not found.films:
        raise UserError(f"{directory} has no ratings, so there is nothing to load")
    _write_users(found, raw)
    _write_films(found, films, raw)
    raw.allow({"ratings": {"rating": {"step": 0.5}}})
    notes = [
        f"MovieLens has ratings only: accounts are put in {COUNTRY}, and the tables of "
        "viewing, plans and subscriptions stay empty"
    ]
    if found.raised:
        notes.append(f"{found.raised:,} ratings of half a star were raised to one star")
    return notes


class _Found:
    """What the ratings say of users and films, as moments in seconds since 1970."""

    def __init__(self) -> None:
        self.users: dict[str, int] = {}
        self.films: dict[str, int] = {}
        self.last = 0
        self.raised = 0

    def add(self, rating: Rating) -> None:
        user, film = rating.user, rating.film
        self.users[user] = min(rating.moment, self.users.get(user, rating.moment))
        self.films[film] = min(rating.moment, self.films.get(film, rating.moment))
        self.last = max(self.last, rating.moment)
        self.raised += rating.stars < _LOWEST


def _write_ratings(
    ratings: Iterator[Rating], films: dict[str, Film], raw: RawFiles
) -> _Found:
    found = _Found()
    for rating in ratings:
        if rating.film not in films:
            raise UserError(
                f"{rating.place}: film {rating.film} is not in the list of films"
            )
        found.add(rating)
        raw.write(
            "ratings",
            rating_id=f"ml-{rating.user}-{rating.film}",
            user_id=_key(rating.user),
            content_id=_key(rating.film),
            rating=max(rating.stars, _LOWEST),
            rated_at=_moment(rating.moment),
            loaded_at=_moment(rating.moment),
        )
    return found


def _write_users(found: _Found, raw: RawFiles) -> None:
    for user, moment in found.users.items():
        raw.write(
            "users",
            user_id=_key(user),
            country_code=COUNTRY,
            channel_code=CHANNEL,
            signed_up_at=_moment(moment),
            loaded_at=_moment(moment),
        )


def _write_films(found: _Found, films: dict[str, Film], raw: RawFiles) -> None:
    loaded_at = _moment(found.last)
    first_day = _day(min(found.films.values()))
    genres: dict[str, str] = {}
    for film, facts in films.items():
        released = _released(facts, found.films.get(film), first_day)
        raw.write(
            "content",
            content_id=_key(film),
            title=facts.title,
            content_type="film",
            is_original="f",
            release_date=released,
            loaded_at=loaded_at,
        )
        raw.write(
            "content_licences",
            content_id=_key(film),
            region_code=REGION,
            available_from_date=released,
            loaded_at=loaded_at,
        )
        for rank, genre in enumerate(facts.genres, 1):
            code = re.sub(r"[^a-z0-9]+", "_", genre.lower().replace("'", ""))
            genres[code] = genre
            raw.write(
                "content_genres",
                content_id=_key(film),
                genre_code=code,
                genre_rank=rank,
                loaded_at=loaded_at,
            )
    for code, genre in sorted(genres.items()):
        raw.write("genres", genre_code=code, genre_name=genre, loaded_at=loaded_at)


def _released(film: Film, first_rated: int | None, first_day: date) -> date:
    """Return when the film came out, at the latest when it was first rated."""
    if first_rated is None:
        return film.released or first_day
    return min(film.released or date.max, _day(first_rated))


def _key(number: str) -> str:
    # Apart from the generated platform's keys, so that no fit takes one for the other.
    return f"ml-{number}"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()
