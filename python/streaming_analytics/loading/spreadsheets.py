"""CSV that people open in a spreadsheet: no cell of it is executed."""

import re
from pathlib import Path

# What a spreadsheet takes for the beginning of a formula, unless a number follows.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9.,]+")
_CELL = re.compile(r'("(?:[^"]|"")*"|[^,"\r\n]*)(,|\r\n?|\n|\Z)')
# A spreadsheet shows what follows as text.
_AS_TEXT = "'"


def neutralised(cell: str) -> str:
    """Return a cell that is shown and not executed."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return _AS_TEXT + cell
    return cell


def restore(path: Path, to: Path) -> None:
    """Copy a CSV file, with its neutralised cells as they were."""
    # As they are, since line ends within a cell are a part of its value.
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    to.write_text(_CELL.sub(_restored, text), encoding="utf-8", newline="")


def _restored(found: re.Match[str]) -> str:
    cell, end = found[1], found[2]
    quote = '"' if cell.startswith('"') else ""
    begin = quote + _AS_TEXT
    if cell.startswith(begin) and _FORMULA.match(cell, len(begin)):
        cell = quote + cell[len(begin) :]
    return cell + end
