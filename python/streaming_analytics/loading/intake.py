"""A table's files through the checks, block by block, whatever takes the rows."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock

from streaming_analytics.loading.blocks import Block, Options
from streaming_analytics.loading.checked import Checked
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.findings import Findings
from streaming_analytics.loading.gaps import count_gaps
from streaming_analytics.loading.opening import open_file
from streaming_analytics.loading.reasons import FOLLOWING
from streaming_analytics.loading.set_aside import SetAside
from streaming_analytics.raw_contract import RawTable

_SERIES_NAMED = 5
# A table of which so many rows and such a share are wrong is read no further.
_HOPELESS_ROWS, _HOPELESS_SHARE = 100_000, 0.2


@dataclass
class Landed:
    """What became of a table's rows.

    Attributes:
        rows: Rows read, by file.
        parts: Rows taken, by the part that holds them.
        quarantined: Rows set aside.
        came_again: Rows taken whose key was there, where other tables refer to it.
        gaps: Rows taken without an optional column that marts make use of, by column.
        is_whole: Whether the files were read to their end.
    """

    table: RawTable
    findings: Findings = field(default_factory=Findings)
    rows: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    came_again: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    is_whole: bool = True

    @property
    def rows_in(self) -> int:
        """Rows of all files."""
        return sum(self.rows.values())

    @property
    def accepted(self) -> int:
        """Rows in the parts, as whoever took them counted them."""
        return sum(self.parts.values())

    @property
    def wrong(self) -> int:
        """Rows set aside for a reason of their own, not of the row they refer to."""
        return self.quarantined - sum(map(self.findings.count, FOLLOWING))

    @property
    def is_hopeless(self) -> bool:
        """Whether reading on would show nothing new."""
        return (
            self.quarantined >= _HOPELESS_ROWS
            and self.quarantined >= _HOPELESS_SHARE * self.rows_in
        )


class Intake:
    """The blocks of a table's files, and what their checks found; of many threads."""

    def __init__(
        self,
        files: TableFiles,
        checker: Checker,
        options: Options,
        bad: SetAside,
        advance: Callable[[int], None],
    ) -> None:
        """Open the files.

        Raises:
            UserError: A file cannot be read.
        """
        self.landed = Landed(files.table)
        self._checker = checker
        self._bad = bad
        self._advance = advance
        self._by_path = {file.path: file.name for file in files.files}
        self.landed.rows = dict.fromkeys(self._by_path.values(), 0)
        opened = [open_file(file.path, files.table, options) for file in files.files]
        self._blocks = chain.from_iterable(file.blocks() for file in opened)
        self._block_lock = Lock()
        self._is_stopped = False
        self._lock = Lock()
        self._unlisted: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Checked]:
        """Yield what the checks say of a block that no other thread was given.

        Raises:
            UserError: A file cannot be read.
        """
        while True:
            with self._block_lock:
                block = None if self._is_stopped else next(self._blocks, None)
            if block is None:
                return
            yield self._check(block)

    def stop(self) -> None:
        """Give out nothing more."""
        self._is_stopped = True

    def taken(self, part: str, rows: int) -> None:
        """Note how many rows a part holds."""
        if rows:
            with self._lock:
                self.landed.parts[part] = rows

    def finish(self) -> Landed:
        """Return what became of the rows, when every thread is done."""
        unlisted = self._unlisted
        if unlisted:
            named = ", ".join(sorted(unlisted)[:_SERIES_NAMED])
            more = ", ..." if len(unlisted) > _SERIES_NAMED else ""
            self.landed.findings.warn(
                f"plays of {len(unlisted):,} series without any episode ({named}"
                f"{more}), whose length is therefore not known: no views, no "
                "completion; deliver their episodes",
                unlisted.total(),
            )
        return self.landed

    def _check(self, block: Block) -> Checked:
        landed = self.landed
        checked = self._checker.check(block)
        wrong = self._bad.add(landed.table, block, checked, landed.findings)
        gaps = count_gaps(landed.table, checked)
        with self._lock:
            landed.gaps.update(gaps)
            landed.rows[self._by_path[block.path]] += block.rows
            landed.quarantined += wrong
            for (column, reason), rows in checked.repairs.items():
                landed.findings.add_repairs(column, reason, rows)
            if checked.warned is not None and checked.warned.any():
                landed.findings.warn(
                    "plays of a series that name no episode, so nothing is known "
                    "of what part of it was watched",
                    int(checked.warned.sum()),
                )
            self._unlisted.update(checked.unlisted)
            self._advance(block.bytes)
            if landed.is_hopeless:
                landed.is_whole = False
                self.stop()
        came_again = self._checker.learn(checked)
        with self._lock:
            landed.came_again += came_again
        return checked
