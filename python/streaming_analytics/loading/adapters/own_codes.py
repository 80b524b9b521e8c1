"""Raw files that stand beside an export: a platform's codes, targets, exchange rates.

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
from streaming_analytics.loading.codes import tables_of_codes
from streaming_analytics.loading.files import SUFFIXES
from streaming_analytics.loading.opening import open_file
from streaming_analytics.loading.text_rules import written_alike
from streaming_analytics.raw_contract import EXCHANGE_RATES, RawTable


@dataclass(frozen=True)
class OwnCodes:
    """A file of codes and what it states."""

    path: Path
    codes: tuple[str, ...]


@dataclass(frozen=True)
class _Other:
    """A raw file without codes, and what is wrong with its header."""

    path: Path
    problem: UserError | None


class Beside(Mapping[str, OwnCodes]):
    """Raw files beside an export.

    As a mapping it has those of codes, by table: an adapter asks for no others.
    """

    def __init__(
        self, codes: Mapping[str, OwnCodes], others: Mapping[str, _Other]
    ) -> None:
        """Hold files of codes and of other tables, by table."""
        self._codes = codes
        self.others = others

    def __getitem__(self, table: str) -> OwnCodes:
        """Return a table's codes."""
        return self._codes[table]

    def __iter__(self) -> Iterator[str]:
        """Yield the tables of codes."""
        return iter(self._codes)

    def __len__(self) -> int:
        """Return how many tables of codes there are."""
        return len(self._codes)


def find_own_codes(
    directory: Path, tables: Iterable[RawTable], options: Options
) -> Beside:
    """Return the raw files beside an export that need no adapter.

    A file is one when it has the name of such a table and the columns of its key; other
    exports have files of such names too.

    Raises:
        UserError: A file of codes lacks another column, or cannot be read.
    """
    tables = tuple(tables)
    named = tables_of_codes(tables)
    codes: dict[str, OwnCodes] = {}
    others: dict[str, _Other] = {}
    for table in tables:
        paths = [directory / f"{table.name}{suffix}" for suffix in SUFFIXES]
        needs_none = table.has_default or table.name == EXCHANGE_RATES
        for path in paths if needs_none else ():
            if not path.is_file() or not _has_key(path, table, options):
                continue
            if table.name in named:
                found = dict.fromkeys(_codes(path, table, options))
                codes[table.name] = OwnCodes(path, tuple(found))
            else:
                others[table.name] = _Other(path, _problem(path, table, options))
    return Beside(codes, others)


def pass_on(own: Beside, folder: Path) -> None:
    """Put the files into a folder of raw files, where the adapter wrote no rows.

    Raises:
        UserError: The header of one is not that of its table.
    """
    for name, each in {**own, **own.others}.items():
        written = folder / f"{name}.csv"
        with written.open(encoding="utf-8") as file:
            has_rows = next(file, None) is not None and next(file, None) is not None
        if has_rows:
            continue
        # Told only now: an adapter may read a file of that name, in its own shape.
        if isinstance(each, _Other) and each.problem is not None:
            raise each.problem
        written.unlink()
        shutil.copyfile(each.path, folder / each.path.name)


def _problem(path: Path, table: RawTable, options: Options) -> UserError | None:
    try:
        open_file(path, table, options)
    except UserError as error:
        return error
    return None


def _has_key(path: Path, table: RawTable, options: Options) -> bool:
    only_key = replace(table, columns=tuple(table.by_name[name] for name in table.key))
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
