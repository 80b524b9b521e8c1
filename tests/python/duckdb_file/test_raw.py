"""A file takes in what a load takes in, and sets aside what a load sets aside."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faults.platform import HERE, dirtied, generated, load
from faults.run import PUBLISHED

from streaming_analytics.duckdb_file import raw
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

CONTRACT = read_raw_contract(HERE.raw_contract)
OPTIONS = Options(HERE.reference_seeds)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every kind of wrong row."""
    folder = tmp_path_factory.mktemp("faulty")
    clean = generated(folder / "clean", days=20)
    return dirtied(clean, folder / "dirty", PUBLISHED)


def read(file: DuckdbFile, folder: Path) -> LoadReport:
    aside = file.path.with_suffix(".jsonl")
    return read_raw(file, folder, CONTRACT, OPTIONS, aside, Progress(io.StringIO()))


def findings(report: LoadReport) -> Counter[tuple[str, str, str]]:
    """Return how many rows each reason concerns, by table and column."""
    return Counter(
        {
            (table.table.name, found.column, found.reason.name): found.rows
            for table in report.tables
            for found in table.findings
        }
    )


def of_postgres(database: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    with database.connect() as session:
        yield from session.execute(trusted(query)).fetchall()


def test_a_file_and_a_server_take_in_the_same_rows(
    faulty: Path, database: Connection, tmp_path: Path
) -> None:
    file = DuckdbFile(tmp_path / "work.duckdb")
    report = read(file, faulty)
    loaded = load(HERE, database, faulty)

    assert findings(report) == findings(loaded)
    assert sum(table.quarantined for table in report.tables) > 5
    assert report.rows == loaded.rows
    with file.reading() as reader:
        for table in CONTRACT:
            query = f"select {', '.join(table.column_names)} from raw.{table.name}"
            ours = Counter(reader.rows(query)[1])
            assert ours == Counter(of_postgres(database, query)), table.name


def test_what_is_set_aside_is_kept_with_its_reason(
    faulty: Path, tmp_path: Path
) -> None:
    file = DuckdbFile(tmp_path / "work.duckdb")
    report = read(file, faulty)

    lines = file.path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == sum(table.quarantined for table in report.tables)
    assert all(row["reason"] and row["line"] and row["file"] for row in rows)


def test_an_interrupt_leaves_what_was_set_aside_before(
    faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = DuckdbFile(tmp_path / "work.duckdb")
    aside = tmp_path / "work.jsonl"
    aside.write_text("of the read before\n")
    written = iter(range(5))

    def dumps(*_: object, **__: object) -> str:
        if next(written) == 4:
            raise KeyboardInterrupt
        return "{}"

    # Not in the module of json, by which rows are kept on the way.
    monkeypatch.setattr(raw, "json", SimpleNamespace(dumps=dumps))
    with pytest.raises(KeyboardInterrupt):
        read(file, faulty)

    assert aside.read_text() == "of the read before\n"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_too_many_wrong_rows_stop_and_say_where_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "ratings.csv").write_text(
        "rating_id,user_id,content_id,rating,rated_at,loaded_at\n"
        + "".join(
            f"r{n},u1,c1,9,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z\n"
            for n in range(60)
        )
    )

    with pytest.raises(UserError, match=r"60 of 60 rows of ratings.*work\.jsonl"):
        read(DuckdbFile(tmp_path / "work.duckdb"), folder)
