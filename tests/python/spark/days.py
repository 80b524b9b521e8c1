"""A platform's files as they were a day before, and what was corrected in between."""

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

Row = dict[str, str]
_PLAYS = "viewing_*.csv"


@dataclass(frozen=True)
class Corrected:
    """What is otherwise in the later files, beside a day more of rows.

    Attributes:
        title: A film whose length changed.
        account: An account that moved to another country.
        moved: A play that was a day later.
        gone: A play that is not there any more.
    """

    title: str
    account: str
    moved: str
    gone: str


def files_of_two_days(whole: Path, earlier: Path, later: Path) -> Corrected:
    """Write a platform without its last day, and all of it with corrections.

    Args:
        whole: The platform's files.
        earlier: The folder to make without the rows of the last night.
        later: The folder to make with them.
    """
    shutil.copytree(whole, earlier)
    shutil.copytree(whole, later)
    last = max(
        row["loaded_at"]
        for path in whole.glob(_PLAYS)
        for row in _rows(path)
        # A fault repeats the header.
        if row["loaded_at"] != "loaded_at"
    )
    for path in earlier.glob("*.csv"):
        _rewrite(path, lambda row: row if row["loaded_at"] < last[:10] else None)
    return _correct(earlier, later)


def _correct(earlier: Path, later: Path) -> Corrected:
    plays = [row for path in sorted(earlier.glob(_PLAYS)) for row in _rows(path)]
    arrivals = Counter(row["play_id"] for row in plays)
    once = [
        row
        for row in plays
        if row["play_type"] == "main"
        and not row["episode_id"]
        and arrivals[row["play_id"]] == 1
        and row["started_at"].endswith("Z")
    ]
    middle = len(once) // 2
    moved, gone, film = once[middle : middle + 3]
    american = next(
        row for row in _rows(earlier / "users.csv") if row["country_code"] == "US"
    )
    corrected = Corrected(
        film["content_id"], american["user_id"], moved["play_id"], gone["play_id"]
    )

    def correct(row: Row) -> Row | None:
        if row.get("play_id") == corrected.gone:
            return None
        if row.get("play_id") == corrected.moved:
            start = datetime.fromisoformat(row["started_at"]) - timedelta(days=1)
            return row | {"started_at": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
        if "runtime_seconds" in row and row["content_id"] == corrected.title:
            return row | {"runtime_seconds": str(int(row["runtime_seconds"]) // 2)}
        if "country_code" in row and row.get("user_id") == corrected.account:
            return row | {"country_code": "JP"}
        return row

    for path in later.glob("*.csv"):
        _rewrite(path, correct)
    return corrected


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rewrite(path: Path, changed: Callable[[Row], Row | None]) -> None:
    rows = _rows(path)
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for each in rows if (row := changed(each)) is not None)
