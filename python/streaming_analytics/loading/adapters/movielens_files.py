"""Reading MovieLens' layouts: CSV with headers, `::` between fields, u.* of 1998."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from streaming_analytics.errors import UserError

# "Toy Story (1995)": the year is the last thing in the title.
_YEAR = re.compile(r"\s*\((\d{4})(?:[-\u2013]\d{0,4})?\)\s*$")
# A film without any is filed under a genre of its own, so that genres add up to films.
_NOT_LISTED = "No genres listed"
_NO_GENRES = {"(no genres listed)", "unknown", ""}
# The flags of u.item, when u.genre is not beside it.
_FLAGS = [
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
]
_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
        ),
        start=1,
    )
}
# Columns of u.item before the flags: id, title, two release dates, address.
_ITEM_FACTS = 5
# Names of the files of ratings and films: small, 20M to 32M; as Kaggle names them; 1M
# and 10M; 100k.
_LAYOUTS = (
    ("ratings.csv", "movies.csv"),
    ("rating.csv", "movie.csv"),
    ("ratings.dat", "movies.dat"),
    ("u.data", "u.item"),
)
_FILM_COLUMNS = ["movieId", "title", "genres"]
_RATING_COLUMNS = ["userId", "movieId", "rating", "timestamp"]
_STARS = {halves / 2 for halves in range(1, 11)}
_FIRST_YEAR = 1870
# As seconds it would be the year 5138; as milliseconds it is 1973.
_FIRST_MILLISECONDS = 100_000_000_000


@dataclass(frozen=True)
class Film:
    """A film; `released` is the first of January where only the year is known."""

    title: str
    released: date | None
    genres: tuple[str, ...]


@dataclass(frozen=True)
class Rating:
    """A rating of .5 to 5 stars at a moment in seconds since 1970; `place` names it."""

    user: str
    film: str
    stars: float
    moment: int
    place: str


def read_films(directory: Path) -> dict[str, Film]:
    """Return the films by their number, whichever layout the folder has.

    Raises:
        UserError: It has none, or a line cannot be read.
    """
    _, films = _files(directory)
    if films.suffix == ".csv":
        return dict(_listed_films(films, _csv_rows(films, _FILM_COLUMNS)))
    if films.suffix == ".dat":
        return dict(_listed_films(films, _double_colon_rows(films)))
    return dict(_1998_films(directory))


def read_ratings(directory: Path) -> Iterator[Rating]:
    """Yield the ratings, whichever layout the folder has.

    Raises:
        UserError: It has none, or a line cannot be read.
    """
    path, _ = _files(directory)
    if path.suffix == ".csv":
        rows = _csv_rows(path, _RATING_COLUMNS)
    elif path.suffix == ".dat":
        rows = _double_colon_rows(path)
    else:
        rows = _rows(path, "utf-8", "\t", None)
    for line, row in rows:
        yield _rating(row, f"{path}, line {line}")


def _files(directory: Path) -> tuple[Path, Path]:
    """Return the file of ratings and that of films."""
    if not directory.is_dir():
        raise UserError(f"there is no directory {directory}")
    for names in _LAYOUTS:
        ratings, films = (directory / name for name in names)
        missing = [path.name for path in (ratings, films) if not path.is_file()]
        if not missing:
            return ratings, films
        if len(missing) == 1:
            raise UserError(
                f"{directory} looks like a MovieLens folder and lacks {missing[0]}"
            )
    layouts = ", or ".join(" and ".join(names) for names in _LAYOUTS)
    raise UserError(f"{directory} is not a MovieLens folder: expected {layouts}")


def _csv_rows(path: Path, columns: list[str]) -> Iterator[tuple[int, list[str]]]:
    return _rows(path, "utf-8-sig", ",", columns)


def _double_colon_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a file with `::` between its fields, UTF-8 or Latin-1.

    The files of 2003 are Latin-1; those of 2009 are UTF-8.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                text = line.decode("latin-1")
            if text.strip():
                yield number, text.rstrip("\r\n").split("::")


def _rows(
    path: Path, encoding: str, delimiter: str, header: list[str] | None
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the fields of each line after the header, if any."""
    quoting = csv.QUOTE_NONE if header is None else csv.QUOTE_MINIMAL
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = csv.reader(file, delimiter=delimiter, quoting=quoting, strict=True)
            if header is not None and (found := next(lines, [])) != header:
                raise UserError(
                    f"{path}: the header is {','.join(found) or 'missing'}, expected "
                    f"{','.join(header)}"
                )
            for row in lines:
                if row:
                    yield lines.line_num, row
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not {encoding.removesuffix('-sig')} text"
        ) from error
    except csv.Error as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def _rating(row: list[str], place: str) -> Rating:
    try:
        user, film, stars, moment = row
        rating = Rating(user, film, float(stars), _seconds(moment), place)
    except ValueError as error:
        raise UserError(
            f"{place}: expected user, film, rating and seconds since 1970, found "
            f"{' '.join(row)[:60]!r}"
        ) from error
    if rating.stars not in _STARS:
        raise UserError(f"{place}: {stars} is no rating of .5 to 5 stars in halves")
    if rating.moment <= 0 or not user or not film:
        raise UserError(f"{place}: a rating needs a user, a film and a moment")
    return rating


def _seconds(moment: str) -> int:
    """Return seconds since 1970, also of milliseconds and of Kaggle's texts (UTC)."""
    if "-" in moment[1:]:
        return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    number = int(moment)
    if number >= _FIRST_MILLISECONDS:
        number //= 1000
    if number >= _FIRST_MILLISECONDS:
        raise ValueError("neither seconds nor milliseconds")
    return number


def _listed_films(
    path: Path, rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[str, Film]]:
    for line, row in rows:
        if len(row) != 3 or not row[0]:
            raise UserError(f"{path}, line {line}: expected number, title and genres")
        number, title, genres = row
        yield number, _film(title, None, genres.split("|"))


def _1998_films(directory: Path) -> Iterator[tuple[str, Film]]:
    flags = _flag_names(directory / "u.genre")
    path = directory / "u.item"
    for line, row in _rows(path, "latin-1", "|", None):
        marks = row[_ITEM_FACTS:]
        if len(marks) != len(flags) or not row[0] or not set(marks) <= {"0", "1"}:
            raise UserError(
                f"{path}, line {line}: expected number, title, two dates, address and "
                f"{len(flags)} flags of genres"
            )
        genres = [flag for flag, mark in zip(flags, marks, strict=True) if mark == "1"]
        yield row[0], _film(row[1], _release(row[2]), genres)


def _flag_names(path: Path) -> list[str]:
    if not path.is_file():
        return _FLAGS
    rows = sorted(_rows(path, "latin-1", "|", None), key=lambda item: int(item[1][1]))
    return [row[0] for _, row in rows]


def _film(title: str, released: date | None, genres: list[str]) -> Film:
    year = _YEAR.search(title)
    if released is None and year and int(year[1]) >= _FIRST_YEAR:
        released = date(int(year[1]), 1, 1)
    named = [genre for genre in dict.fromkeys(genres) if genre not in _NO_GENRES]
    return Film(_YEAR.sub("", title) or title, released, tuple(named or [_NOT_LISTED]))


def _release(text: str) -> date | None:
    """Return a date such as 01-Jan-1995; the months are English everywhere."""
    found = re.fullmatch(r"(\d{1,2})-(\w{3})-(\d{4})", text.strip().lower())
    if found is None or found[2] not in _MONTHS:
        return None
    try:
        return date(int(found[3]), _MONTHS[found[2]], int(found[1]))
    except ValueError:
        return None
