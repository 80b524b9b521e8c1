"""All tables through the checks, one after the other, whatever takes their rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from streaming_analytics.errors import UserError
from streaming_analytics.loading import across
from streaming_analytics.loading.across import Row, Wrong
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.checked import Context
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.codes import fall_back, require_region_of_countries
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.findings import HIDDEN
from streaming_analytics.loading.intake import Landed
from streaming_analytics.loading.keys import hash_text, text_of
from streaming_analytics.loading.opening import open_file
from streaming_analytics.loading.reasons import MESSAGES
from streaming_analytics.loading.set_aside import BadRow, SetAside
from streaming_analytics.loading.thresholds import Limits, warn_of_deleted, why_to_stop
from streaming_analytics.progress import Transfer
from streaming_analytics.raw_contract import RawTable


class Taker(Protocol):
    """Whatever takes the rows that pass: a server's tables, or those of a file."""

    def land(
        self,
        files: TableFiles,
        checker: Checker,
        options: Options,
        advance: Callable[[int], None],
    ) -> Landed:
        """Take a table's rows into parts.

        Raises:
            UserError: A file cannot be read.
        """
        ...

    def find_wrong(self, landed: Landed) -> list[Wrong]:
        """Return the keys among the rows taken that break a rule across rows."""
        ...

    def remove(
        self, landed: Landed, part: str, wrong: list[Wrong]
    ) -> list[tuple[Wrong, Row]]:
        """Delete the rows of some keys from a part, and return them as text."""
        ...


@dataclass(frozen=True)
class Taking:
    """How tables are taken.

    Attributes:
        options: How files are read.
        limits: How much of a table may be set aside.
        load_id: Under which what is set aside can be looked at; None: nowhere.
        is_dry: Whether to go on where a load would stop.
        appends: Whether rows are added to those of an earlier load.
    """

    options: Options
    limits: Mapping[str, Limits]
    load_id: str | None
    is_dry: bool = False
    appends: bool = False

    def take(
        self,
        taker: Taker,
        fresh: list[TableFiles],
        context: Context,
        landed: dict[str, Landed],
        bad: SetAside,
        transfer: Transfer,
    ) -> str:
        """Fill `landed`, table by table; return why to stop, or nothing.

        Raises:
            UserError: A file cannot be read.
        """
        stopped = ""
        for files in _referred_first(fresh):
            if not files.files:
                continue
            name = files.table.name
            checker = Checker(files.table, context)
            with transfer.progress.step(f"loading {name}"):
                result = taker.land(
                    files,
                    checker,
                    self.options,
                    lambda moved, name=name: transfer.advance(moved, f"loading {name}"),
                )
                landed[name] = result
                self._hold_across(taker, files, checker, result, bad)
            if name in context.codes:
                fall_back(context.codes[name], self.options.codes, name)
                require_region_of_countries(context.codes, self.options.codes)
            for file in files.files:
                file.require_unchanged()
                if file.rows not in (None, result.rows[file.name]) and result.is_whole:
                    raise UserError(
                        f"{file.path} has {result.rows[file.name]:,} rows and the "
                        f"manifest says {file.rows:,}; deliver it again"
                    )
            stopped = stopped or why_to_stop(
                result, context, self.limits, self.load_id, appends=self.appends
            )
            if stopped and not self.is_dry:
                break
        warn_of_deleted(landed, context)
        return stopped

    def _hold_across(
        self,
        taker: Taker,
        files: TableFiles,
        checker: Checker,
        landed: Landed,
        bad: SetAside,
    ) -> None:
        """Set aside the rows that break a rule across rows."""
        table = files.table
        wrong = taker.find_wrong(landed)
        if not wrong:
            return
        keys = {tuple(map(str, each.key)) for each in wrong}
        opened = (open_file(file.path, table, self.options) for file in files.files)
        blocks = (block for file in opened for block in file.blocks())
        places = across.locate(blocks, checker, keys)
        for part in landed.parts:
            for each, row in taker.remove(landed, part, wrong):
                key = tuple(map(str, each.key))
                path, line = places[key].pop(0)
                value = row[each.column]
                if table.by_name[each.column].rules.personal:
                    value = HIDDEN
                reason = each.reason
                bad.write(
                    [
                        BadRow(
                            table.name,
                            str(path),
                            line,
                            each.column,
                            reason.name.lower(),
                            MESSAGES[reason],
                            value,
                            row,
                        )
                    ]
                )
                landed.findings.add(each.column, reason, [(path, line)], [value])
                landed.parts[part] -= 1
                landed.quarantined += 1
        if checker.own_keys is not None and not self.appends:
            gone = hash_text(text_of([key[0] for key in keys]))
            checker.own_keys.discard(gone)
            checker.set_aside(gone)


def _referred_first(files: list[TableFiles]) -> list[TableFiles]:
    """Order tables so that each comes after those that it refers to."""
    waiting = {each.table.name: each for each in files}
    ordered = []
    while waiting:
        free = [
            each
            for each in waiting.values()
            if not each.table.looks_into & waiting.keys()
        ]
        # Tables that keep deleted keys come before those that only refer to them.
        ordered += sorted(free or waiting.values(), key=lambda f: not _keeps(f.table))
        waiting = {name: each for name, each in waiting.items() if each not in ordered}
    return ordered


def _keeps(table: RawTable) -> bool:
    return any(column.rules.keeps for column in table.columns)
