"""Adapters of users: the documented one, named ones, and their mistakes in one line."""

import csv
import io
import re
import shutil
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from dbt_sample import ROOT

from streaming_analytics.errors import UserError
from streaming_analytics.jobs.load import load
from streaming_analytics.loading import adapters
from streaming_analytics.loading.adapters import adapter_names, find_adapter
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection

STRIPE = Path(__file__).parent / "exports" / "stripe"
TABLES = read_raw_contract(Project(ROOT).raw_contract)


def documented(language: str) -> str:
    page = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return block


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own(folder: Path, text: str) -> str:
    (folder / "own.py").write_text(text)
    return f"{folder / 'own.py'}:convert"


def test_the_documented_adapter_loads_the_documented_export(
    tmp_path: Path, database: Connection
) -> None:
    (tmp_path / "watched.csv").write_text(documented("csv"))
    name = own(tmp_path, documented("python"))
    said = io.StringIO()

    report = load(
        Project(ROOT),
        Selection(database, False, ()),
        tmp_path,
        Progress(said),
        adapter=name,
    )

    loaded = {table: count for table, count in report.rows.items() if count}
    assert loaded == {"users": 2, "content": 1, "viewing": 2}
    assert "neither device nor country" in said.getvalue()
    with database.connect() as session:
        first = session.execute(
            "select min(started_at), max(watched_seconds) from raw.viewing"
        ).fetchone()
        source = session.execute("select directory from audit.loads").fetchone()
    assert first == (datetime.fromisoformat("2025-03-01T19:15"), 88 * 60)
    assert source == (str(tmp_path),)


def test_a_moment_is_written_in_utc_and_what_is_not_named_is_null(
    tmp_path: Path,
) -> None:
    with RawFiles(tmp_path, TABLES) as raw:
        moment = datetime.fromisoformat("2024-01-01T00:30:00+02:00")
        raw.write("users", user_id="a\r\n,b", signed_up_at=moment)

    (user,) = rows(tmp_path, "users")
    assert user["user_id"] == "a\r\n,b"
    assert user["signed_up_at"] == "2023-12-31T22:30:00Z"
    assert user["country_code"] == ""
    assert rows(tmp_path, "viewing") == []


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("views", {}, "there is no raw table views; there are .*viewing"),
        ("users", {"user": "a"}, "users has no column user; it has user_id,"),
        (
            "users",
            {"signed_up_at": datetime.fromisoformat("2024-01-01")},
            "users.signed_up_at is 2024-01-01 00:00:00, without a time zone",
        ),
    ],
)
def test_a_row_that_fits_no_table_is_named(
    tmp_path: Path, table: str, row: dict[str, object], message: str
) -> None:
    with RawFiles(tmp_path, TABLES) as raw, pytest.raises(UserError, match=message):
        raw.write(table, **row)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def convert(:\n", "own.py, line 1: SyntaxError"),
        ("import nothing_like_it\n", "own.py, line 1: ModuleNotFoundError"),
        ("convert = 1\n", "own.py has no function convert"),
        ("def convert(a, b):\n    return a / 0\n", "own.py, line 2: TypeError"),
        ("def convert(a, b):\n    open('/nowhere/x')\n", "line 2: FileNotFoundError"),
    ],
)
def test_a_mistake_in_an_adapter_is_one_line_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    name = own(tmp_path, text)
    target = tmp_path / "target"
    target.mkdir()
    with RawFiles(target, TABLES) as raw, pytest.raises(UserError, match=message):
        find_adapter(name)(tmp_path, raw)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no file .*gone\.py"):
        find_adapter(f"{tmp_path / 'gone.py'}:convert")


def test_an_installed_package_adds_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    point = EntryPoint(
        "our_player",
        "streaming_analytics.loading.adapters.movielens:convert",
        adapters.ENTRY_POINTS,
    )
    monkeypatch.setattr(adapters, "entry_points", lambda group: [point])

    assert adapter_names() == [
        "movielens",
        "netflix",
        "our_player",
        "snowplow",
        "stripe",
    ]
    target = tmp_path / "target"
    target.mkdir()
    with (
        RawFiles(target, TABLES) as raw,
        pytest.raises(UserError, match="not a MovieLens folder"),
    ):
        find_adapter("our_player")(tmp_path, raw)


NORTH = "region_code,region_name\nnorth,The North\n"
NORTHLAND = (
    "Country Code;country_name;region_code;time_zone\nxn;Northland;North;Europe/Oslo\n"
)
OF_OWN_CODES = """
def convert(directory, raw):
    for country in raw.codes("countries"):
        raw.write(
            "users",
            user_id=country,
            country_code=country,
            channel_code=raw.codes("channels")[0],
            signed_up_at="2025-01-01T00:00:00Z",
        )
    return raw.codes("regions")
"""


def test_codes_beside_an_export_reach_the_adapter_and_the_load(
    tmp_path: Path, database: Connection
) -> None:
    name = own(tmp_path, OF_OWN_CODES)
    export = tmp_path / "export"
    export.mkdir()
    (export / "regions.csv").write_text(NORTH)
    (export / "countries.csv").write_text(NORTHLAND)
    # Of the export's own, and of another shape.
    (export / "devices.csv").write_text("id,model\n1,Roku\n")
    said = io.StringIO()
    selection = Selection(database, False, ())

    first = load(Project(ROOT), selection, export, Progress(said), adapter=name)

    assert "NORTH" in said.getvalue()
    loaded = {table: count for table, count in first.rows.items() if count}
    assert loaded == {"users": 1, "regions": 1, "countries": 1}

    # Rows that come beside them find them in the warehouse.
    (export / "regions.csv").unlink()
    (export / "countries.csv").unlink()
    own(tmp_path, OF_OWN_CODES.replace("user_id=country", "user_id=country + '2'"))
    again = load(
        Project(ROOT),
        selection,
        export,
        Progress(said),
        append=True,
        adapter=name,
    )
    assert {table: n for table, n in again.rows.items() if n} == {"users": 1}


def test_a_file_of_codes_that_lacks_a_column_is_named(
    tmp_path: Path, database: Connection
) -> None:
    name = own(tmp_path, OF_OWN_CODES)
    (tmp_path / "regions.csv").write_text("region_code\nnorth\n")

    with pytest.raises(UserError, match=r"regions\.csv: .*missing region_name"):
        load(
            Project(ROOT),
            Selection(database, False, ()),
            tmp_path,
            Progress(io.StringIO()),
            adapter=name,
        )


TARGETS = "metric_name,month_start_date,target_value\nmembers,2025-05-01,3\n"


def test_targets_beside_an_export_are_loaded(
    tmp_path: Path, database: Connection
) -> None:
    export = tmp_path / "export"
    shutil.copytree(STRIPE, export)
    (export / "targets.csv").write_text(TARGETS)

    def loaded(*, is_dry: bool) -> LoadReport:
        return load(
            Project(ROOT),
            Selection(database, False, ()),
            export,
            Progress(io.StringIO()),
            adapter="stripe",
            is_dry=is_dry,
        )

    assert loaded(is_dry=True).rows["targets"] == 1
    assert loaded(is_dry=False).rows["targets"] == 1
    (export / "targets.csv").write_text(TARGETS.replace("target_value", "goal"))
    with pytest.raises(UserError, match=rf"{export}/targets\.csv: .*target_value"):
        loaded(is_dry=True)


RATES = "currency_code,rate_date,usd_per_unit\nEUR,2025-01-01,1.04\n"
IN_EUROS = """
def convert(directory, raw):
    raw.write(
        "users",
        user_id="u1",
        country_code="DE",
        channel_code="organic",
        signed_up_at="2025-01-01T00:00:00Z",
    )
    raw.write("plans", plan_code="basic", plan_name="Basic")
    raw.write(
        "plan_prices",
        plan_code="basic",
        region_code="EMEA",
        valid_from_date="2025-01-01",
        price_amount="9.99",
        currency_code="EUR",
        billing_interval="month",
        billing_interval_count=1,
    )
"""
OWN_RATES = """
    for rate in (directory / "exchange_rates.csv").read_text().splitlines()[1:]:
        currency, day, cents = rate.split(",")
        raw.write(
            "exchange_rates",
            currency_code=currency,
            rate_date=day,
            usd_per_unit=int(cents) / 100,
        )
"""


@pytest.mark.parametrize(
    ("adapter", "rates"),
    [
        (IN_EUROS, RATES),
        # In a shape of its own, which the adapter reads.
        (IN_EUROS + OWN_RATES, RATES.replace("usd_per_unit", "cents").replace(".", "")),
    ],
)
def test_exchange_rates_beside_an_export_hold_for_its_amounts(
    tmp_path: Path, database: Connection, adapter: str, rates: str
) -> None:
    export = tmp_path / "export"
    export.mkdir()
    (export / "exchange_rates.csv").write_text(rates)

    report = load(
        Project(ROOT),
        Selection(database, False, ()),
        export,
        Progress(io.StringIO()),
        adapter=own(tmp_path, adapter),
    )

    loaded = {table: count for table, count in report.rows.items() if count}
    assert loaded == {"users": 1, "plans": 1, "plan_prices": 1, "exchange_rates": 1}
    with database.connect() as session:
        (rate,) = session.execute(
            "select usd_per_unit::float from raw.exchange_rates"
        ).fetchall()
    assert rate == (1.04,)
