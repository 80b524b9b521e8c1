"""Codes are data: own countries, regions and channels take the place of the shipped."""

import csv
import io
from pathlib import Path

import pytest
from dbt_sample import Dbt

from streaming_analytics.errors import UserError
from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.describing import describe_check
from streaming_analytics.loading.loader import check
from streaming_analytics.loading.reports import LoadReport, TableReport
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

PROJECT = own_checkout()
REGIONS = "region_code,region_name\nnorth,The North\nsouth,The South\n"
COUNTRIES = (
    "country_code,country_name,region_code,time_zone\n"
    "XN,Northland,North,Europe/Oslo\nXS,Southland,South,Africa/Lagos\n"
)
CHANNELS = "channel_code,channel_name,is_paid\nword,Word of mouth,false\n"
USERS = (
    "user_id,country_code,channel_code,signed_up_at\n"
    "u1,xn,Word,2025-01-01T23:30Z\nu2,XS,word,2025-01-02T00:00Z\n"
)


def written(folder: Path, **files: str) -> Path:
    """Write files of raw tables into a new folder."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def load(database: Connection, folder: Path, *, append: bool = False) -> LoadReport:
    with work_lock(database, "load") as lock:
        return load_files(lock, PROJECT, folder, Progress(io.StringIO()), append=append)


def report_of(report: LoadReport, table: str) -> TableReport:
    (found,) = [each for each in report.tables if each.table.name == table]
    return found


def test_own_codes_take_the_place_of_the_shipped_ones(
    database: Connection, tmp_path: Path
) -> None:
    folder = written(
        tmp_path / "own",
        users=USERS
        + "u3,DE,word,2025-01-03T00:00Z\nu4,XN,search,2025-01-03T00:00Z\n"
        + "u5,XNN,word,2025-01-03T00:00Z\nu6,XD,word,2025-01-03T00:00Z\n",
        regions=REGIONS,
        countries=COUNTRIES,
        channels=CHANNELS,
    )
    with work_lock(database, "load") as lock:
        tables = read_raw_contract(PROJECT.raw_contract)
        options = Options(PROJECT.reference_seeds)
        report = check(lock, folder, tables, Progress(io.StringIO()), options=options)

    lines = list(describe_check(report))
    assert "    allowed: XN, XS" in lines
    assert "    allowed: word" in lines
    # One letter of two is chance, two of three are not.
    assert "    'XNN' is nearest to XN" in lines
    assert not any("'XD' is nearest" in line for line in lines)
    # Devices were not brought, and nobody needs them.
    assert not any(line.startswith("devices ") for line in lines)
    users = report_of(report, "users")
    assert (users.accepted, users.quarantined) == (2, 4)
    assert report_of(report, "countries").accepted == 2


def test_appended_rows_are_held_to_the_codes_that_are_there(
    database: Connection, tmp_path: Path
) -> None:
    load(
        database,
        written(
            tmp_path / "first",
            users=USERS,
            regions=REGIONS,
            countries=COUNTRIES,
            channels=CHANNELS,
        ),
    )
    more = "user_id,country_code,channel_code,signed_up_at\n"
    report = load(
        database,
        written(
            tmp_path / "second",
            users=more + "u3,XN,word,2025-01-03T00:00Z\nu4,XW,word,2025-01-03T00:00Z\n",
            countries=(
                "country_code,country_name,region_code,time_zone\n"
                "XW,Westland,north,Europe/Lisbon\n"
            ),
        ),
        append=True,
    )

    assert report_of(report, "users").accepted == 2
    assert report.codes["countries"].names == ["XN", "XS", "XW"]


def test_a_country_lies_in_a_region_and_a_time_zone_that_there_are(
    database: Connection, tmp_path: Path
) -> None:
    wrong = "XW,Westland,west,Europe/Lisbon\nXM,Moon,north,Moon/Tranquility\n"
    report = load(
        database,
        written(tmp_path / "own", regions=REGIONS, countries=COUNTRIES + wrong),
    )

    found = {
        (finding.column, finding.reason.name, *finding.values)
        for finding in report_of(report, "countries").findings
        if not finding.is_repair
    }
    assert found == {
        ("region_code", "NOT_ALLOWED", "west"),
        ("time_zone", "NOT_ALLOWED", "Moon/Tranquility"),
    }


def test_own_regions_need_own_countries(database: Connection, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match="no country would lie in APAC: bring countries"
    ):
        load(database, written(tmp_path / "own", regions=REGIONS, users=USERS))


def test_a_table_of_codes_without_a_row_is_as_good_as_none(
    database: Connection, tmp_path: Path
) -> None:
    report = load(
        database,
        written(
            tmp_path / "own",
            users=USERS.replace("xn", "se").replace("XS", "NG"),
            channels=CHANNELS,
            countries=COUNTRIES.splitlines()[0] + "\n",
        ),
    )

    assert report_of(report, "users").accepted == 2
    assert "SE" in report.codes["countries"].names


def test_every_country_of_the_world_has_a_region_and_a_time_zone(
    database: Connection,
) -> None:
    with (PROJECT.reference_seeds / "countries.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # ISO 3166-1 has 249 assigned codes.
    assert len({row["country_code"] for row in rows}) == len(rows) == 249
    assert len({row["country_name"] for row in rows}) == 249
    assert {row["region_code"] for row in rows} == {"UCAN", "EMEA", "LATAM", "APAC"}
    with database.connect() as session:
        known = session.execute("select name from pg_timezone_names").fetchall()
    assert {row["time_zone"] for row in rows} <= {name for (name,) in known}


def test_models_read_them(database: Connection, dbt: Dbt, tmp_path: Path) -> None:
    load(
        database,
        written(
            tmp_path / "own",
            users=USERS,
            regions=REGIONS,
            countries=COUNTRIES,
            channels=CHANNELS,
        ),
    )
    done = dbt(
        "build",
        "--vars",
        "{raw_data: loaded, as_of_date: 2025-01-31}",
        "--exclude-resource-type",
        "unit_test",
        "--select",
        "+dim_countries",
        "+dim_channels",
        "+dim_devices",
        connection=database,
        target=tmp_path / "target",
    )
    assert done.returncode == 0, done.stdout
    with database.connect() as session:
        countries = session.execute(
            "select country_code, region_code, region_name, time_zone"
            " from dev_mart_core.dim_countries order by 1"
        ).fetchall()
        homes = session.execute(
            "select user_id, region_code from dev_intermediate.int_users_located"
            " order by 1"
        ).fetchall()
        channels = session.execute(
            "select channel_code from dev_mart_core.dim_channels"
        ).fetchall()
        devices = session.execute(
            "select count(*) from dev_mart_core.dim_devices"
        ).fetchone()
    assert countries == [
        ("XN", "NORTH", "The North", "Europe/Oslo"),
        ("XS", "SOUTH", "The South", "Africa/Lagos"),
    ]
    assert homes == [("u1", "NORTH"), ("u2", "SOUTH")]
    assert channels == [("word",)]
    assert devices == (4,)
