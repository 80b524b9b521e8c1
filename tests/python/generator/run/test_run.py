"""Runs: same arguments, same bytes, whatever the processes, blocks and steps."""

import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.generator.output import writing
from streaming_analytics.generator.output.arrow_functions import pc
from streaming_analytics.generator.output.contract import raw_schemas
from streaming_analytics.generator.run import run, saved_state
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    advance,
    generate_files,
    make_world,
)
from streaming_analytics.generator.run.walk import MemorySink, simulate, walk_shard
from streaming_analytics.generator.simulation import platform as platforms
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.world.behaviour import Growth
from streaming_analytics.generator.world.calendar import day_number
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import World
from streaming_analytics.project import own_checkout

from ..conftest import START

PROJECT = own_checkout()
SCHEMAS = raw_schemas(PROJECT.raw_contract)
SMALL = SCALES["sample"]


def small_world(users: int = 600) -> World:
    return make_world(PROJECT, SMALL, users, day_number(START), seed=3)


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def rows_of(table: pa.Table) -> list[str]:
    """Return the rows as text, sorted, so that two tables can be compared."""
    return sorted(map(repr, table.to_pylist()))


def test_committed_sample_is_what_the_command_makes(tmp_path: Path) -> None:
    sample = PROJECT.raw_contract.parent
    world = make_world(PROJECT, SMALL, None, day_number(START), SMALL.seed)
    generate_files(Request(PROJECT, world, 731, "csv", tmp_path / "out", is_bare=True))
    made = {
        name: text
        for name, text in contents(tmp_path / "out").items()
        if name.endswith(".csv")
    }
    committed = {path.name: path.read_bytes() for path in sample.glob("*.csv")}
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_committed_sample_is_small_and_large_enough() -> None:
    sample = PROJECT.raw_contract.parent
    sizes = {path.name: path.stat().st_size for path in sample.glob("*.csv")}
    assert sum(sizes.values()) <= 9_500_000
    assert max(sizes.values()) <= 5_000_000
    plays = sum(
        len(path.read_bytes().splitlines()) - 1 for path in sample.glob("viewing_*.csv")
    )
    assert 80_000 <= plays <= 86_000
    assert len((sample / "users.csv").read_bytes().splitlines()) > 1_000


class Nowhere:
    """Keeps no row."""

    def add(self, table: str, rows: pa.Table, month: object = None) -> None:
        """Forget the rows."""


def test_memory_hardly_grows_with_the_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Months of the third year need what those of the first needed.

    Spells and sums of the truth, a few numbers per member and month, wait for the end
    of the part. The plays, thinned as they are here, would be twice as much.
    """
    monkeypatch.setattr(platforms, "_TABLES_KEPT", 3)
    # Everybody signs up at once, so that nobody is added later.
    world = replace(small_world(1_000), growth=Growth(launch_share=0.99))
    span = Span(world.start_day + 3 * 365)
    platform = Platform(world, span.end_day)
    assert len(platform.shards) == 1
    peaks, resident = [], []
    tracemalloc.start()
    process = psutil.Process()
    try:
        for _ in walk_shard(platform, platform.shards[0], span, Nowhere()):
            peaks.append(tracemalloc.get_traced_memory()[1])
            # What compiled loops keep is traced by nobody.
            resident.append(process.memory_info().rss)
            tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert len(peaks) == 36
    # The first month also works out what all months share.
    grown = max(peaks[24:]) - max(peaks[1:12])
    assert grown < 80 * world.users * 24
    assert max(resident[24:]) - max(resident[1:12]) < 8 << 20


def test_processes_do_not_change_a_byte(tmp_path: Path) -> None:
    world = make_world(PROJECT, SMALL, 40_000, day_number(START), seed=3)
    assert len(Platform(world, world.start_day + 20).shards) == 3
    for processes in (1, 2):
        out = tmp_path / str(processes)
        generate_files(Request(PROJECT, world, 20, "parquet", out, processes))
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_blocks_may_be_walked_alone_or_together() -> None:
    world = make_world(PROJECT, SMALL, 9_000, day_number(START), seed=3)
    span = Span(world.start_day + 60)
    platform = Platform(world, span.end_day)

    def walked(groups: list[list[int]]) -> dict[str, list[str]]:
        sink = MemorySink()
        for group in groups:
            for _ in walk_shard(platform, group, span, sink):
                pass
        tables = sink.tables()
        return {name: rows_of(tables[name]) for name in SCHEMAS if name in tables}

    units = list(range(platform.units))
    assert len(units) > 1
    assert walked([units]) == walked([[unit] for unit in units])


def test_a_shorter_span_is_a_prefix_of_a_longer_one() -> None:
    world = small_world()
    short, long = simulate(world, 75), simulate(world, 140)
    end = (world.start_day + 75) * 86_400_000 + 3 * 3_600_000
    for name, table in short.items():
        if name == "subscriptions" or name.startswith("truth/"):
            continue
        loaded = long[name]["loaded_at"].cast(pa.int64())
        kept = long[name].filter(pc.less_equal(loaded, end))
        assert rows_of(kept) == rows_of(table), name


def test_what_has_not_happened_yet_is_not_known() -> None:
    world = small_world()
    short = {
        row["subscription_id"]: row
        for row in simulate(world, 75)["subscriptions"].to_pylist()
    }
    end = START.toordinal() + 75
    later = simulate(world, 200)["subscriptions"].to_pylist()
    undecided = 0
    for row in later:
        if row["started_date"].toordinal() >= end:
            assert row["subscription_id"] not in short
            continue
        before = short[row["subscription_id"]]
        for name in ("cancel_requested_date", "ended_date"):
            happened = row[name] is not None and row[name].toordinal() < end
            assert before[name] == (row[name] if happened else None)
            undecided += row[name] is not None and not happened
    assert undecided > 50


@pytest.fixture
def dense(monkeypatch: pytest.MonkeyPatch) -> World:
    """Return few users, of whom something arrives every night, and some of it twice."""
    world = replace(small_world(150), intensity=0.3)
    world = replace(world, viewing=replace(world.viewing, duplicate_share=0.02))
    # A saved state names a scale; this is none.
    monkeypatch.setattr(run, "make_world", lambda *_: world)
    return world


STEPS = {"one by one": [1] * 30, "in uneven steps": [5, 1, 14, 3, 7], "at once": [30]}


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("steps", STEPS)
def test_thirty_days_equal_the_whole_span(
    dense: World, tmp_path: Path, steps: str, form: str
) -> None:
    """Thirty times one day, and thirty days at once, across the turn of a month.

    The same rows arrive, plays that are delivered twice included; only a subscription
    that changed comes again. The platform is left in the state of one that was never
    saved.
    """
    whole = generate(dense, 120, tmp_path / "whole", form)
    start = generate(dense, 90, tmp_path / "start", form)
    pieces = [read(start)]
    last = START + timedelta(days=89)
    for number, days in enumerate(STEPS[steps]):
        step = tmp_path / f"step{number}"
        assert advance(PROJECT, start / "state", days, step) == last + timedelta(
            days=days
        )
        pieces.append(read(step))
        loads = {
            str(row["loaded_at"])[:10] for rows in pieces[-1].values() for row in rows
        }
        assert min(loads) > f"{last + timedelta(days=1)}"
        last += timedelta(days=days)
        assert max(loads) == f"{last + timedelta(days=1)}"
    assert contents(start / "state") == contents(whole / "state")
    expected = read(whole)
    for name in SCHEMAS:
        rows = [row for piece in pieces for row in piece[name]]
        if name == "subscriptions":
            rows = list({row["subscription_id"]: row for row in rows}.values())
        assert sorted(map(repr, rows)) == sorted(map(repr, expected[name])), name
    again = Counter(row["play_id"] for row in expected["viewing"])
    assert set(again.values()) == {1, 2}


def test_plays_come_a_second_time_the_night_after(dense: World, tmp_path: Path) -> None:
    """Also when the second night is another step."""
    start = generate(dense, 40, tmp_path / "start", "csv")
    arrived: dict[str, list[dict]] = {}
    for number in range(10):
        step = tmp_path / f"step{number}"
        advance(PROJECT, start / "state", 1, step)
        for row in read(step)["viewing"]:
            arrived.setdefault(row["play_id"], []).append(row)
    twice = [rows for rows in arrived.values() if len(rows) > 1]
    assert twice
    for first, second in twice:
        nights = [datetime.fromisoformat(row["loaded_at"]) for row in (first, second)]
        assert nights[1] - nights[0] == timedelta(days=1)
        assert first | {"loaded_at": second["loaded_at"]} == second


def test_a_step_that_is_lost_is_noticed(dense: World, tmp_path: Path) -> None:
    """The comparison above would see a day that is missing or that comes twice."""
    expected = read(generate(dense, 42, tmp_path / "whole", "csv"))["viewing"]
    start = generate(dense, 40, tmp_path / "start", "csv")
    before = read(start)["viewing"]
    advance(PROJECT, start / "state", 1, tmp_path / "lost")
    advance(PROJECT, start / "state", 1, tmp_path / "kept")
    after = read(tmp_path / "kept")["viewing"]
    assert after
    assert len(before) + len(after) < len(expected)


def generate(world: World, days: int, out: Path, form: str) -> Path:
    generate_files(
        Request(PROJECT, world, days, "csv" if form == "csv" else "parquet", out)
    )
    return out


def read(directory: Path) -> dict[str, list[dict]]:
    """Return every raw table's rows as text by column."""
    import csv

    found: dict[str, list[dict]] = {name: [] for name in SCHEMAS}
    for name in found:
        for path in sorted(directory.glob(f"{name}*.csv")):
            if path.stem == name or path.stem.removeprefix(name + "_").isdigit():
                with path.open(encoding="utf-8", newline="") as file:
                    found[name] += list(csv.DictReader(file))
        if (directory / name).is_dir():
            files = sorted((directory / name).rglob("*.parquet"))
            found[name] += [
                row for file in files for row in pq.ParquetFile(file).read().to_pylist()
            ]
    return found


def test_advancing_twice_from_one_state_gives_the_same(tmp_path: Path) -> None:
    generate(small_world(100), 40, tmp_path / "start", "csv")
    state = tmp_path / "start" / "state"
    shutil.copytree(state, tmp_path / "copy")
    advance(PROJECT, state, 2, tmp_path / "one")
    advance(PROJECT, tmp_path / "copy", 2, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(state) == contents(tmp_path / "copy")


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_run_that_is_stopped_while_it_moves_on_keeps_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    """Ctrl-C cleans up on the way out; what is killed leaves all as it is."""
    generate(small_world(100), 40, tmp_path / "start", "csv")
    state = tmp_path / "start" / "state"
    before, moved = contents(state), Path.replace

    def stopped(path: Path, target: Path) -> Path:
        if target == state and path.name == "state":
            raise KeyboardInterrupt
        return moved(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopped)
        if is_killed:
            patched.setattr(saved_state, "put_back_state", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            advance(PROJECT, state, 1, tmp_path / "stopped")
    if not is_killed:
        assert contents(state) == before
    advance(PROJECT, state, 1, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "stopped")
    assert [path.name for path in state.parent.glob(".*")] == []


def test_advance_refuses_a_state_it_cannot_use(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no saved platform"):
        advance(PROJECT, tmp_path / "nowhere", 1, tmp_path / "out")
    generate(small_world(20), 10, tmp_path / "start", "csv")
    state = tmp_path / "start" / "state"
    description = state / "platform.json"
    text = description.read_text()
    description.write_text(text.replace('"users": 20', '"users": 21'))
    with pytest.raises(UserError, match="another version"):
        advance(PROJECT, state, 1, tmp_path / "out")
    description.write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        advance(PROJECT, state, 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_late_plays_arrive_in_a_later_load(tmp_path: Path) -> None:
    world = make_world(PROJECT, SCALES["demo"], 400, day_number(START), seed=3)
    generate(world, 60, tmp_path / "start", "csv")
    advance(PROJECT, tmp_path / "start" / "state", 1, tmp_path / "day")
    plays = read(tmp_path / "day")["viewing"]
    days = {row["started_at"][:10] for row in plays}
    assert {row["loaded_at"][:10] for row in plays} == {"2024-03-02"}
    assert days > {"2024-03-01"}


def test_parquet_is_partitioned_by_month_and_keeps_the_contract(tmp_path: Path) -> None:
    generate(small_world(), 70, tmp_path / "out", "parquet")
    months = sorted(path.name for path in (tmp_path / "out" / "viewing").iterdir())
    assert months == ["month=2024-01", "month=2024-02", "month=2024-03"]
    for name, schema in SCHEMAS.items():
        found = ds.dataset(tmp_path / "out" / name, format="parquet").schema
        assert found.names == schema.names
        for field in found:
            kind = field.type
            if pa.types.is_dictionary(kind):
                kind = kind.value_type
            assert kind == schema.field(field.name).type, (name, field)


def test_manifest_lists_every_file(tmp_path: Path) -> None:
    out = generate(small_world(50), 20, tmp_path / "out", "csv")
    manifest = json.loads((out / "manifest.json").read_text())
    listed = {entry["file"]: entry for entry in manifest["files"]}
    assert listed.keys() == {path.name for path in out.glob("*.csv")}
    tables = read(out)
    assert listed["users.csv"]["rows"] == len(tables["users"])
    assert listed["viewing_2024.csv"]["rows"] == len(tables["viewing"])


def test_a_new_run_replaces_its_own_files_only(tmp_path: Path) -> None:
    out = generate(small_world(50), 400, tmp_path / "out", "csv")
    (out / "_sample__seeds.yml").write_text("mine")
    assert (out / "viewing_2025.csv").exists()
    generate(small_world(50), 20, out, "csv")
    assert (out / "_sample__seeds.yml").read_text() == "mine"
    assert not (out / "viewing_2025.csv").exists()
    fresh = generate(small_world(50), 20, tmp_path / "fresh", "csv")
    (out / "_sample__seeds.yml").unlink()
    assert contents(out) == contents(fresh)
    generate(small_world(50), 20, out, "parquet")
    assert not list(out.glob("*.csv"))


@pytest.mark.parametrize(
    ("users", "days", "most"), [(50_000_000, 731, "33,554,432"), (1, 40_000, "1,024")]
)
def test_what_keys_cannot_number_is_refused(
    tmp_path: Path, users: int, days: int, most: str
) -> None:
    world = small_world(users)
    with pytest.raises(UserError, match=most):
        generate_files(Request(PROJECT, world, days, "parquet", tmp_path / "data"))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    out = generate(small_world(50), 20, tmp_path / "out", "csv")
    before = contents(out)
    monkeypatch.setattr(writing.csv_text, "write_rows", full)
    with pytest.raises(UserError, match=r"out failed: No space left on device"):
        generate(small_world(50), 25, out, "csv")
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_killed_run_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out")]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": ""})
    while not list(tmp_path.glob(".out.partial-*/parts/*")):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (tmp_path / "out").exists()
    generate(small_world(20), 10, tmp_path / "out", "csv")
    # What the killed run left behind is gone as well.
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


KILLED = """
import sys
from pathlib import Path
from streaming_analytics.generator.run.run import *
from streaming_analytics.project import own_checkout
project = own_checkout()
world = make_world(project, SCALES["demo"], 20_000, 19_723, 1)
generate_files(Request(project, world, 731, "csv", Path(sys.argv[1])))
"""
