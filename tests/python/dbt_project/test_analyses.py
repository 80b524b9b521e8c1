"""The business questions: each has a query, reads marts only, and gets an answer."""

from pathlib import Path

import pytest
from dbt_sample import ROOT, Built

ANALYSES = sorted((ROOT / "analyses").glob("q*.sql"))


def test_every_analysis_answers_one_question_of_the_design() -> None:
    numbers = [path.stem.split("_")[0] for path in ANALYSES]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == {f"q{number}" for number in range(1, 8)}


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_an_analysis_reads_only_marts(built: Built, path: Path) -> None:
    node = built.manifest["nodes"][f"analysis.streaming_analytics.{path.stem}"]
    parents = node["depends_on"]["nodes"]
    assert parents
    for parent in parents:
        schema = built.manifest["nodes"][parent]["schema"]
        assert schema.startswith("dev_mart_"), f"{path.stem} reads {parent}"


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.stem)
def test_an_analysis_returns_rows(
    built: Built, analyses: dict[str, str], path: Path
) -> None:
    with built.connection.connect() as session:
        cursor = session.execute(analyses[path.stem].encode())
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description or ()]
    assert rows
    assert len(names) == len(set(names))
    empty = [
        name
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
        if all(value is None for value in values)
    ]
    assert empty == []
