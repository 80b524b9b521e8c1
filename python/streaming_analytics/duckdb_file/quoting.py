"""Texts and paths in DuckDB's SQL, where no parameter can stand."""

import re
from pathlib import Path


def literal(text: object) -> str:
    """Return a text, or a path that is written to, as a literal."""
    return "'" + str(text).replace("'", "''") + "'"


def files_literal(folder: Path, pattern: str) -> str:
    """Return the files of a folder that match a pattern as a literal.

    A folder may have any name: signs of a pattern in it stand for themselves.
    """
    escaped = re.sub(r"[\[*?]", r"[\g<0>]", str(folder))
    return literal(f"{escaped}/{pattern}")
