"""Reading the tables of an export: CSV with a header, anywhere in the folder."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from streaming_analytics.errors import UserError


def find_table(directory: Path, *names: str) -> Path | None:
    """Return the first file of one of these names in the folder or in one below.

    Names are compared without case; hidden files are not data.
    """
    wanted = [name.lower() for name in names]
    found = {
        path.name.lower(): path
        for path in sorted(directory.rglob("*.csv"), reverse=True)
        if not path.name.startswith(".")
    }
    return next((found[name] for name in wanted if name in found), None)


def read_table(
    path: Path, columns: Iterable[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place ("file, line n") and the fields of each row, by column.

    Fields are stripped; those that a short row lacks are empty.

    Raises:
        UserError: The file lacks one of the columns, or is not UTF-8 CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            missing = [name for name in columns if name not in header]
            if missing:
                raise UserError(
                    f"{path} has no column {', '.join(missing)}; it has "
                    f"{', '.join(header) or 'none'}"
                )
            for row in lines:
                fields = dict(zip(header, map(str.strip, row), strict=False))
                if any(fields.values()):
                    yield (
                        f"{path}, line {lines.line_num}",
                        dict.fromkeys(header, "") | fields,
                    )
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text") from error
    except csv.Error as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def key_of(prefix: str, *texts: str) -> str:
    """Return a key for texts: the same in each export, and nothing is read from it."""
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return f"{prefix}-{digest[:16]}"
