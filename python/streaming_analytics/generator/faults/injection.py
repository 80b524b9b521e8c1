"""Injecting faults into finished files, and saying what was injected where."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from streaming_analytics.generator.faults.files import FILE_FAULTS
from streaming_analytics.generator.faults.kinds import Known, Numbered, Row
from streaming_analytics.generator.faults.known import table_files
from streaming_analytics.generator.faults.rows import ROW_FAULTS
from streaming_analytics.generator.faults.tables import TABLE_FAULTS
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.output.writing import INJECTED
from streaming_analytics.generator.world.world import World
from streaming_analytics.whole_files import whole_file

# In this order: plays are looked up in clean users and titles, and the payments of a
# subscription go when its fault says so.
_TABLES = (
    "viewing",
    "ratings",
    "subscriptions",
    "plan_changes",
    "payments",
    "users",
    "content",
)


@dataclass
class Injection:
    """Faults to inject into the rows of a directory.

    Attributes:
        known: What faults may look up.
        rates: Share of the rows by fault of rows.
        deliveries: Faults of tables.
        seed: Seed of the draws.
        gone: By table, the faults that take along rows, by the key these refer to.
        injected: What was injected where, so far.
    """

    known: Known
    rates: dict[str, float]
    deliveries: list[str]
    seed: int
    gone: dict[str, dict[str, str]] = field(default_factory=dict)
    injected: list[dict] = field(default_factory=list)

    def into(self, table: str) -> None:
        """Rewrite the files of a table, if there is a fault for it."""
        rates = {n: r for n, r in self.rates.items() if ROW_FAULTS[n].table == table}
        names = [n for n in self.deliveries if TABLE_FAULTS[n].table == table]
        if rates or names or table in self.gone:
            for path in table_files(self.known.directory, table):
                self._rewrite(path, rates, names, self.gone.get(table, {}))

    def _rewrite(
        self,
        path: Path,
        rates: dict[str, float],
        deliveries: list[str],
        gone: dict[str, str],
    ) -> None:
        rng = stream(self.seed, f"faults {path.stem}")
        bounds = np.cumsum(list(rates.values()))
        names = list(rates)
        with (
            whole_file(path) as fresh,
            path.open(encoding="utf-8", newline="") as old,
            fresh.open("w", encoding="utf-8", newline="") as new,
        ):
            reader = csv.DictReader(old)
            columns = list(reader.fieldnames or [])
            writer = csv.DictWriter(new, columns, lineterminator="\n")
            writer.writeheader()
            numbered: Numbered = enumerate(reader, start=1)
            for name in deliveries:
                numbered = self._deliver(name, path.name, numbered, rng)
            row_number = 0
            for clean_row, row in numbered:
                point = rng.random()
                at = int(np.searchsorted(bounds, point, side="right"))
                fault = gone.get(row[columns[1]])
                rows = [row] if fault is None else []
                if fault is None and at < len(names):
                    fault = names[at]
                    rows = ROW_FAULTS[fault].edit(row, point, self.known)
                if fault is not None and rows != [row]:
                    for other in ROW_FAULTS[fault].takes_along:
                        self.gone.setdefault(other, {})[row[columns[0]]] = fault
                    self.injected.append(
                        {
                            "fault": fault,
                            "number": ROW_FAULTS[fault].number,
                            "file": path.name,
                            # Counted from 1 without the header: in the file that is
                            # delivered (the first of them), and in the clean one.
                            "row": row_number + 1,
                            "clean_row": clean_row,
                            "rows_delivered": len(rows),
                            "key": row[columns[0]],
                        }
                    )
                writer.writerows(rows)
                row_number += len(rows)

    def _deliver(
        self, name: str, file: str, rows: Numbered, rng: np.random.Generator
    ) -> Iterator[tuple[int, Row]]:
        """Pass rows on as a fault delivers them; note how many moved or are missing."""
        total = count = moved = latest = 0

        def source() -> Iterator[tuple[int, Row]]:
            nonlocal total
            for numbered in rows:
                total += 1
                yield numbered

        for number, row in TABLE_FAULTS[name].deliver(source(), rng, self.known):
            moved += number < latest
            latest = max(latest, number)
            count += 1
            yield number, row
        if moved or total > count:
            self.injected.append(
                {
                    "fault": name,
                    "number": TABLE_FAULTS[name].number,
                    "file": file,
                    # Behind a row that it preceded; and not delivered at all.
                    "rows_moved": moved,
                    "rows_missing": total - count,
                }
            )


def inject_rows(
    directory: Path, faults: dict[str, float | None], world: World
) -> list[dict]:
    """Inject the faults of rows and tables; return what was injected where.

    A row suffers at most one of them, so that each can be told by itself.
    """
    injection = Injection(
        Known(directory, world.places),
        {
            name: ROW_FAULTS[name].rate if rate is None else rate
            for name, rate in faults.items()
            if name in ROW_FAULTS
        },
        [name for name in faults if name in TABLE_FAULTS],
        world.seed,
    )
    for table in _TABLES:
        injection.into(table)
    return injection.injected


def damage_files(directory: Path, faults: Iterable[str]) -> list[dict]:
    """Inject the faults of files; return what was injected where."""
    injected = []
    for name in faults:
        if name not in FILE_FAULTS:
            continue
        fault = FILE_FAULTS[name]
        path = table_files(directory, fault.table)[-1]
        path.write_bytes(fault.damage(path.read_bytes()))
        injected.append({"fault": name, "number": fault.number, "file": path.name})
    return injected


def write_injected(directory: Path, injected: list[dict]) -> None:
    """Write what was injected where."""
    text = json.dumps({"injected": injected}, indent=2)
    (directory / INJECTED).write_text(text + "\n", encoding="utf-8")
