"""Codes of a platform's own that stand beside an export, as raw files.

No adapter knows of them: they are read for it, and passed on as they are.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.casts import text_of
from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.files import SUFFIXES
from streaming_analytics.loading.opening import open_file
from streaming_analytics.loading.text_rules import written_alike
from streaming_analytics.raw_contract import RawTable


@dataclass(frozen=True)
class OwnCodes:
    """A file of codes and what it states."""

    path: Path
    codes: tuple[str, ...]


def find_own_codes(
    directory: Path, tables: Iterable[RawTable], options: Options
) -> dict[str, OwnCodes]:
    """Return the files of codes in a folder, by table.

    A file is one when it has the name of a table of codes and its key's column; other
    exports have files of such names too.

    Raises:
        UserError: A file of codes lacks another column, or cannot be read.
    """
    found = {}
    for table in tables:
        paths = [directory / f"{table.name}{suffix}" for suffix in SUFFIXES]
        for path in paths if table.has_default else ():
            if path.is_file() and _has_key(path, table, options):
                codes = dict.fromkeys(_codes(path, table, options))
                found[table.name] = OwnCodes(path, tuple(codes))
    return found


def pass_on(own: Mapping[str, OwnCodes], folder: Path) -> None:
    """Put files of codes into a folder of raw files, where the adapter wrote none."""
    for name, each in own.items():
        written = folder / f"{name}.csv"
        with written.open(encoding="utf-8") as file:
            has_rows = next(file, None) is not None and next(file, None) is not None
        if not has_rows:
            written.unlink()
            shutil.copyfile(each.path, folder / each.path.name)


def _has_key(path: Path, table: RawTable, options: Options) -> bool:
    (key,) = table.key
    only_key = replace(table, columns=(table.by_name[key],))
    try:
        open_file(path, only_key, replace(options, ignore_unknown=True))
    except UserError:
        return False
    return True


def _codes(path: Path, table: RawTable, options: Options) -> Iterator[str]:
    (key,) = table.key
    for block in open_file(path, table, options).blocks():
        cells = block.cells[key]
        text = cells if isinstance(cells, Text) else text_of(cells)
        case = table.by_name[key].rules.case
        if case:
            text = written_alike(text.to_arrow(), case)
        yield from filter(None, map(text.at, range(block.rows)))
