"""The published marts, read through named queries in one consistent look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.publishing.builds import PublishedBuild, published_build
from streaming_analytics.reading import NotThereError, Reader, Warehouse
from streaming_analytics.report.resolving import query_names, resolve, unknown_marts
from streaming_analytics.shown_text import shown_text

ALL = "ALL"
# Sentences of the project's own, of which half would be no advice.
_ADVICE = frozenset({"suggested_action", "suggested_strategy"})
_ADVICE_LENGTH = 400


# Compared by identity: frames are neither equal nor hashed as a whole.
@dataclass(frozen=True, eq=False)
class Marts:
    """What the queries found.

    Attributes:
        frames: One frame per query, named after its file; numbers are floats or
            integers, dates are `datetime.date`, what is missing is None.
        unpublished: Queries without a frame, with the tables they lack.
        build: The published build; None when nothing says which it was.
        is_synthetic: Whether a generator made the data.
    """

    frames: Mapping[str, pd.DataFrame]
    unpublished: Mapping[str, tuple[str, ...]]
    build: PublishedBuild | None = None
    is_synthetic: bool = False

    def __getitem__(self, query: str) -> pd.DataFrame:
        """Return the frame of a query; an empty one when it lacks its tables."""
        return self.frames.get(query, pd.DataFrame())

    def of_region(self, query: str, region: str) -> pd.DataFrame:
        """Return the rows of a region, or of the platform for `ALL`."""
        frame = self[query]
        if frame.empty:
            return frame
        return frame[frame["region_code"] == region].reset_index(drop=True)

    @property
    def regions(self) -> dict[str, str]:
        """The regions in which anything happened: code to name."""
        frame = self["regions"]
        if frame.empty:
            return {}
        return dict(zip(frame["region_code"], frame["region_name"], strict=True))

    @property
    def first_date(self) -> date | None:
        """The first day of the data; None for an empty warehouse."""
        return self._of_period("first_date")

    @property
    def as_of_date(self) -> date | None:
        """The last day of the data; None for an empty warehouse."""
        return self._of_period("as_of_date")

    @property
    def month(self) -> date | None:
        """The first day of the newest complete month; None when there is none."""
        return self._of_period("month_start_date")

    def _of_period(self, column: str) -> date | None:
        frame = self["period"]
        return None if frame.empty else frame[column].iloc[0]


def read_marts(warehouse: Warehouse, contract: MartContract) -> Marts:
    """Read every query in one transaction, so that no two builds are mixed.

    Args:
        warehouse: Where the published marts are.
        contract: Where in it the project's marts are.

    Raises:
        UserError: The warehouse cannot be reached, or another version of the project
            published what is there.
    """
    with warehouse.reading() as reader:
        frames = {}
        unpublished = {}
        for name in query_names():
            if unknown := unknown_marts(name, contract):
                unpublished[name] = unknown
                continue
            query = resolve(name, contract)
            missing = tuple(
                table for table in query.tables if not reader.has_table(table)
            )
            if missing:
                unpublished[name] = missing
            else:
                try:
                    frames[name] = _frame(reader, query.sql)
                except NotThereError as error:
                    raise UserError(
                        "what is published is of another version of the project "
                        f"({error}); run: streaming build"
                    ) from error
        build = published_build(reader)
        is_synthetic = build is not None and _is_synthetic(reader, build)
    return Marts(frames, unpublished, build, is_synthetic)


def _is_synthetic(reader: Reader, build: PublishedBuild) -> bool:
    """Return whether the sample or a generated folder was built.

    The generator puts the truth of its data beside it.
    """
    if build.raw_data == "sample":
        return True
    if not reader.has_table("audit.loads"):
        return False
    _, rows = reader.rows(
        """
        select directory from audit.loads
        where mode = 'replace' and status = 'loaded'
            and finished_at < (select max(published_at) from audit.build_info)
        order by finished_at desc
        limit 1
        """
    )
    return bool(rows) and (Path(rows[0][0]) / "truth").is_dir()


def _frame(reader: Reader, query: str) -> pd.DataFrame:
    columns, found = reader.rows(query)
    rows = [
        [_plain(value, name) for name, value in zip(columns, row, strict=True)]
        for row in found
    ]
    # As objects: a column with a None must keep its integers.
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _plain(value: Any, column: str) -> Any:
    """Return a number that JSON knows, or a text that can be drawn.

    Sums of integers come as numerics.
    """
    if isinstance(value, str):
        return (
            shown_text(value, _ADVICE_LENGTH)
            if column in _ADVICE
            else shown_text(value)
        )
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
