"""Faults are injected where the manifest of injections says, and nowhere else."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults import (
    DIRT,
    FILE_FAULTS,
    ROW_FAULTS,
    parse,
)
from streaming_analytics.generator.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)


def generated(out: Path, faults: dict[str, float | None]) -> Path:
    world = make_world(SCALES["sample"], 500, 19_723, 5)
    generate_files(Request(world, 40, "csv", out, faults=faults))
    return out


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("clean") / "out", {})


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def injections(directory: Path) -> list[dict]:
    return json.loads((directory / "faults.json").read_text())["injected"]


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_fault_of_rows_changes_those_it_lists(
    clean: Path, tmp_path: Path, name: str
) -> None:
    rate = max(ROW_FAULTS[name].rate, 0.3)
    dirty = generated(tmp_path / "dirty", {name: rate})
    listed = injections(dirty)
    assert listed
    assert {entry["number"] for entry in listed} == {ROW_FAULTS[name].number}
    for path in sorted(clean.glob("*.csv")):
        own = {e["clean_row"]: e for e in listed if e["file"] == path.name}
        before, after = rows(path), rows(dirty / path.name)
        if name != "rating_without_view":
            assert (before != after) == bool(own)
        place = 0
        for number, row in enumerate(before, start=1):
            entry = own.get(number)
            if entry is None:
                assert after[place] == row
                place += 1
            else:
                assert (entry["key"], entry["row"]) == (row[0], place + 1)
                place += entry["rows_delivered"]
        assert place == len(after)


def test_the_same_faults_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generated(tmp_path / name, parse("bot,null_key=0.02", is_dirty=True))
    one, two = tmp_path / "one", tmp_path / "two"
    assert {p.name: p.read_bytes() for p in one.glob("*.*")} == {
        p.name: p.read_bytes() for p in two.glob("*.*")
    }


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_a_fault_of_a_file_breaks_its_checksum(tmp_path: Path, name: str) -> None:
    dirty = generated(tmp_path / "dirty", {name: None})
    (entry,) = injections(dirty)
    manifest = json.loads((dirty / "manifest.json").read_text())
    wrong = [
        file["file"]
        for file in manifest["files"]
        if hashlib.sha256((dirty / file["file"]).read_bytes()).hexdigest()
        != file["sha256"]
    ]
    assert wrong == [entry["file"]]


def test_rates_are_kept(tmp_path: Path) -> None:
    dirty = generated(tmp_path / "dirty", parse("unknown_user=0.3", is_dirty=False))
    share = len(injections(dirty)) / len(rows(dirty / "viewing_2024.csv"))
    assert 0.2 < share < 0.4


def test_names_and_rates_are_checked() -> None:
    assert parse("nan,bot=0.5", is_dirty=False) == {"nan": None, "bot": 0.5}
    assert tuple(parse(None, is_dirty=True)) == DIRT
    with pytest.raises(UserError, match=r"no fault nope; known are .*bot"):
        parse("nope", is_dirty=False)
    with pytest.raises(UserError, match="rate above 0"):
        parse("bot=2", is_dirty=False)
    with pytest.raises(UserError, match="whole file"):
        parse("crlf=0.1", is_dirty=False)
