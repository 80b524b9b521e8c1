"""Which column of a file is which of the contract."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawTable

# What pandas writes for an index that nobody named.
_INDEX = re.compile(r"|index|unnamed:_\d+|__index_level_\d+__")
# It says when a row was loaded: where the column is absent, that is now.
LOADED_AT = "loaded_at"


@dataclass(frozen=True)
class Header:
    """Where the contract's columns are in a file, and what to tell about the rest.

    Attributes:
        places: Position in the file of each column of the contract that it has.
        width: Columns of the file.
        notes: Lines for people about columns that are absent or left out.
    """

    places: dict[str, int]
    width: int
    notes: tuple[str, ...]


def plain(name: str) -> str:
    """Return a column's name in the contract's spelling: lower case, no blanks."""
    return re.sub(r"[\s\-.]+", "_", name.strip().strip("\ufeff").strip().lower())


def match_header(
    path: Path, table: RawTable, names: Sequence[str], *, ignore_unknown: bool
) -> Header:
    """Match a file's columns with the contract's, by name and in any order.

    Raises:
        UserError: A required column is missing, one is there twice or unknown.
    """
    spelt = [plain(name) for name in names]
    known = [name for name in spelt if name in table.by_name]
    repeated = sorted({name for name in known if known.count(name) > 1})
    unknown = [
        written
        for written, name in zip(names, spelt, strict=True)
        if name not in table.by_name and not _INDEX.fullmatch(name)
    ]
    absent = [column for column in table.columns if column.name not in known]
    missing = [column.name for column in absent if table.is_required(column)]
    problems = []
    if missing:
        problems.append(f"missing {', '.join(missing)}")
    if unknown and not ignore_unknown:
        guesses = [_guess(name, [column.name for column in absent]) for name in unknown]
        problems.append(f"unknown {', '.join(guesses)}")
    if repeated:
        problems.append(f"repeated {', '.join(repeated)}")
    if problems:
        advice = (
            "; --ignore-unknown leaves out unknown columns"
            if unknown and not ignore_unknown and not missing and not repeated
            else ""
        )
        raise UserError(
            f"{path}: the header is not the one of raw table {table.name}: "
            f"{'; '.join(problems)}{advice}"
        )
    notes = []
    if unknown:
        notes.append(f"{path.name}: left out {', '.join(unknown)}")
    filled = [column.name for column in absent if column.name == LOADED_AT]
    empty = [column.name for column in absent if column.name != LOADED_AT]
    if empty:
        notes.append(f"{path.name}: no column {', '.join(empty)}; left NULL")
    if filled:
        notes.append(f"{path.name}: no column {LOADED_AT}; every row is loaded now")
    places = {name: spelt.index(name) for name in known}
    return Header(places, len(names), tuple(notes))


def _guess(name: str, candidates: list[str]) -> str:
    close = difflib.get_close_matches(plain(name), candidates, 1)
    return f"{name} (is it {close[0]}?)" if close else name
