"""Faults are injected where the manifest of injections says, and nowhere else."""

import csv
import hashlib
import json
import re
import shutil
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults.files import FILE_FAULTS
from streaming_analytics.generator.faults.injection import inject_rows, write_injected
from streaming_analytics.generator.faults.request import DIRT, FAULTS, describe, parse
from streaming_analytics.generator.faults.rows import ROW_FAULTS
from streaming_analytics.generator.faults.tables import TABLE_FAULTS
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)
from streaming_analytics.generator.world.behaviour import Leaving
from streaming_analytics.generator.world.places import own_places
from streaming_analytics.project import own_checkout

# 2024-03-01: clocks change on the 10th in America and on the 31st in Europe.
START = 19_783


PROJECT = own_checkout()
WORLD = make_world(PROJECT, SCALES["sample"], 500, START, 5)


def generated(out: Path, faults: dict[str, float | None]) -> Path:
    # Changes of plan are rare: here are enough for the faults that befall them.
    world = replace(WORLD, leaving=Leaving(plan_change=0.2))
    generate_files(Request(PROJECT, world, 75, "csv", out, faults=faults))
    return out


def dirtied(clean: Path, out: Path, faults: dict[str, float | None]) -> Path:
    """Inject faults into a copy of what was generated, as a run does before it ends."""
    shutil.copytree(clean, out)
    write_injected(out, inject_rows(out, faults, WORLD))
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
    rate = max(ROW_FAULTS[name].rate, 0.9)
    dirty = dirtied(clean, tmp_path / "dirty", {name: rate})
    listed = injections(dirty)
    assert listed
    assert {entry["number"] for entry in listed} == {ROW_FAULTS[name].number}
    for path in sorted(clean.glob("*.csv")):
        own = {e["clean_row"]: e for e in listed if e["file"] == path.name}
        before, after = rows(path), rows(dirty / path.name)
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


def test_a_run_injects_as_the_tests_here_do(clean: Path, tmp_path: Path) -> None:
    faults = parse("gap_within_grace,out_of_order,bot=0.01", is_dirty=True)
    run = generated(tmp_path / "run", faults)
    own = dirtied(clean, tmp_path / "own", faults)
    assert injections(run) == injections(own)
    for path in run.glob("*.csv"):
        assert path.read_bytes() == (own / path.name).read_bytes()


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


def records(directory: Path, table: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(directory.glob(f"{table}*.csv")):
        if path.stem == table or path.stem.removeprefix(f"{table}_").isdigit():
            with path.open(encoding="utf-8", newline="") as file:
                found += list(csv.DictReader(file))
    return found


@dataclass(frozen=True)
class Change:
    """A clean row and what was delivered in its place."""

    before: dict[str, str]
    after: list[dict[str, str]]

    @property
    def only(self) -> dict[str, str]:
        (row,) = self.after
        return row


@dataclass(frozen=True)
class Injected:
    """A fault's changes, and lookups for what it should have done."""

    clean: Path
    changes: list[Change]

    def titles(self) -> dict[str, dict[str, str]]:
        return {row["content_id"]: row for row in records(self.clean, "content")}

    def zones(self) -> dict[str, ZoneInfo]:
        zones = {place.country_code: place.time_zone for place in own_places()}
        return {
            row["user_id"]: ZoneInfo(zones[row["country_code"]])
            for row in records(self.clean, "users")
        }


@pytest.fixture
def injected(request: pytest.FixtureRequest, clean: Path, tmp_path: Path) -> Injected:
    name = request.param
    dirty = dirtied(clean, tmp_path / "dirty", {name: 0.9})
    table = ROW_FAULTS[name].table
    before, after = records(clean, table), records(dirty, table)
    assert injections(dirty)
    return Injected(
        clean,
        [
            Change(
                before[entry["clean_row"] - 1],
                after[entry["row"] - 1 : entry["row"] - 1 + entry["rows_delivered"]],
            )
            for entry in injections(dirty)
            if entry["file"].startswith(table)
        ],
    )


def injecting(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("injected", [name], indirect=True)


@injecting("late_arrival")
def test_late_arrivals_differ_in_their_load_alone(injected: Injected) -> None:
    for change in injected.changes:
        before, after = change.before, change.only
        gap = moment(after["loaded_at"]) - moment(before["loaded_at"])
        assert gap == timedelta(days=2)
        assert after | {"loaded_at": before["loaded_at"]} == before


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@injecting("watched_over_runtime")
def test_a_play_over_the_runtime_can_be_clipped(injected: Injected) -> None:
    episodes = {r["episode_id"]: r for r in records(injected.clean, "episodes")}
    titles = injected.titles()
    for change in injected.changes:
        row = change.only
        item = episodes.get(row["episode_id"]) or titles[row["content_id"]]
        reached = int(row["start_position_seconds"]) + int(row["watched_seconds"])
        assert 1.0 < reached / int(item["runtime_seconds"]) <= 1.05


@injecting("offset_timestamp")
def test_an_offset_names_the_same_moment(injected: Injected) -> None:
    zones = injected.zones()
    offsets = set()
    for change in injected.changes:
        before, after = change.before, moment(change.only["started_at"])
        assert after == moment(before["started_at"])
        local = after.astimezone(zones[before["user_id"]])
        assert after.utcoffset() == local.utcoffset()
        offsets.add(after.utcoffset())
    assert len(offsets) > 5


@injecting("clock_change")
def test_plays_come_to_lie_around_a_change_of_the_clocks(injected: Injected) -> None:
    zones = injected.zones()
    gap = timedelta(minutes=31)
    for change in injected.changes:
        row = change.only
        start, zone = moment(row["started_at"]), zones[row["user_id"]]
        around = [(start + shift).astimezone(zone).utcoffset() for shift in (-gap, gap)]
        assert around[0] != around[1]
        assert moment(row["loaded_at"]) > start


@injecting("day_boundary")
def test_plays_start_at_the_edge_of_their_day(injected: Injected) -> None:
    clocks = set()
    for change in injected.changes:
        day, clock = change.only["started_at"].split("T")
        assert day == change.before["started_at"][:10]
        clocks.add(clock)
    assert clocks == {"00:00:00Z", "23:59:59Z"}


@injecting("unicode_title")
def test_titles_hold_what_breaks_a_byte_string(injected: Injected) -> None:
    for change in injected.changes:
        assert change.only["title"].startswith(change.before["title"])
        kinds = {unicodedata.bidirectional(letter) for letter in change.only["title"]}
        assert "R" in kinds
        assert any(unicodedata.combining(letter) for letter in change.only["title"])
        assert any(ord(letter) > 0xFFFF for letter in change.only["title"])


@injecting("leading_zero_id")
def test_keys_of_digits_stay_distinct_as_text(injected: Injected) -> None:
    keys = {c.before["play_id"]: c.only["play_id"] for c in injected.changes}
    assert all(key.isdigit() and key.startswith("00") for key in keys.values())
    assert len(set(keys.values())) == len(keys)


@injecting("user_moves")
def test_a_user_who_moves_arrives_twice(injected: Injected) -> None:
    for change in injected.changes:
        old, new = change.after
        assert old == change.before
        assert new["country_code"] == "NA"
        assert moment(new["loaded_at"]) > moment(old["loaded_at"])


@injecting("two_plan_changes")
def test_the_second_change_of_a_day_has_the_next_number(injected: Injected) -> None:
    for change in injected.changes:
        first, second = change.after
        assert first == change.before
        assert second["changed_date"] == first["changed_date"]
        assert int(second["sequence_number"]) == int(first["sequence_number"]) + 1
        assert second["plan_code"] != first["plan_code"]


@injecting("gap_within_grace")
def test_a_pause_is_shorter_than_the_grace(injected: Injected) -> None:
    for change in injected.changes:
        first, second = change.after
        pause = moment(second["started_date"]) - moment(first["ended_date"])
        assert timedelta(0) < pause < timedelta(days=7)
        assert first["started_date"] == change.before["started_date"]
        assert second["ended_date"] == change.before["ended_date"]


@injecting("view_before_release")
def test_plays_precede_the_release(injected: Injected) -> None:
    titles = injected.titles()
    for change in injected.changes:
        released = titles[change.before["content_id"]]["release_date"]
        assert change.only["started_at"][:10] < released


@injecting("view_after_licence")
def test_plays_follow_the_last_licence(injected: Injected) -> None:
    regions = {place.country_code: place.region_code for place in own_places()}
    users = {
        row["user_id"]: regions[row["country_code"]]
        for row in records(injected.clean, "users")
    }
    licences = records(injected.clean, "content_licences")
    for change in injected.changes:
        row = change.only
        own = [
            licence
            for licence in licences
            if licence["content_id"] == row["content_id"]
            and licence["region_code"] == users[row["user_id"]]
        ]
        assert own
        day = row["started_at"][:10]
        assert all(licence["available_until_date"] <= day for licence in own)


@injecting("marts_disagree")
def test_lost_users_and_lost_titles_are_not_the_same_plays(injected: Injected) -> None:
    lost = [
        (change.only["user_id"] == "u0", change.only["content_id"] == "c0")
        for change in injected.changes
    ]
    assert set(lost) == {(True, False), (False, True)}


def test_a_trial_that_never_converts_is_never_billed(
    clean: Path, tmp_path: Path
) -> None:
    dirty = dirtied(clean, tmp_path / "dirty", {"trial_never_converts": 0.9})
    listed = injections(dirty)
    keys = {e["key"] for e in listed if e["file"] == "subscriptions.csv"}
    subscriptions = {r["subscription_id"]: r for r in records(dirty, "subscriptions")}
    assert keys
    assert all(
        subscriptions[key]["ended_date"] == subscriptions[key]["trial_end_date"]
        for key in keys
    )
    before, after = records(clean, "payments"), records(dirty, "payments")
    gone = [row["payment_id"] for row in before if row["subscription_id"] in keys]
    assert gone
    assert gone == [e["key"] for e in listed if e["file"] == "payments.csv"]
    assert after == [row for row in before if row["subscription_id"] not in keys]


def test_an_order_that_is_lost_loses_no_row(clean: Path, tmp_path: Path) -> None:
    dirty = dirtied(clean, tmp_path / "dirty", parse("out_of_order", is_dirty=False))
    before, after = (records(place, "viewing") for place in (clean, dirty))
    assert before != after
    assert sorted(before, key=repr) == sorted(after, key=repr)
    (entry,) = injections(dirty)
    place = {row["play_id"]: number for number, row in enumerate(before)}
    latest, moved = -1, 0
    for row in after:
        moved += place[row["play_id"]] < latest
        latest = max(latest, place[row["play_id"]])
    assert (entry["rows_moved"], entry["rows_missing"]) == (moved, 0)


def test_a_stale_source_lacks_its_last_loads(clean: Path, tmp_path: Path) -> None:
    dirty = dirtied(clean, tmp_path / "dirty", parse("stale_source", is_dirty=False))
    before, after = (records(place, "viewing") for place in (clean, dirty))
    last = max(moment(row["loaded_at"]) for row in before)
    assert max(moment(row["loaded_at"]) for row in after) == last - timedelta(days=2)
    limit = last - timedelta(days=2)
    assert after == [row for row in before if moment(row["loaded_at"]) <= limit]
    (entry,) = injections(dirty)
    assert entry["rows_missing"] == len(before) - len(after) > 0


def test_the_manifest_counts_rows_and_not_line_breaks(tmp_path: Path) -> None:
    dirty = generated(tmp_path / "dirty", {"newline_title": 0.5, "formula_title": 0.4})
    files = json.loads((dirty / "manifest.json").read_text())["files"]
    counted = {entry["file"]: entry["rows"] for entry in files}
    assert counted["content.csv"] == len(rows(dirty / "content.csv"))


def test_every_number_of_the_catalogue_can_be_injected() -> None:
    """Of its sixty; see docs/faults.md for where each is caught."""
    assert {fault.number for fault in FAULTS.values()} == set(range(1, 61))
    assert len(FAULTS) == len(ROW_FAULTS) + len(TABLE_FAULTS) + len(FILE_FAULTS)


def test_the_documentation_lists_the_faults() -> None:
    text = (PROJECT.root / "docs" / "faults.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| (\d+) \| `(\w+)` \| `(\w+)` \| (\S+)(?: %)? \|", re.M)
    assert row.findall(text) == [
        (str(number), name, table, rate.removesuffix("%"))
        for number, name, table, rate, _ in describe()
    ]


def test_names_and_rates_are_checked() -> None:
    assert parse("nan,bot=0.5", is_dirty=False) == {"nan": None, "bot": 0.5}
    assert tuple(parse(None, is_dirty=True)) == DIRT
    with pytest.raises(UserError, match=r"no fault nope; known are .*bot"):
        parse("nope", is_dirty=False)
    with pytest.raises(UserError, match="rate above 0"):
        parse("bot=2", is_dirty=False)
    with pytest.raises(UserError, match="whole file"):
        parse("crlf=0.1", is_dirty=False)
