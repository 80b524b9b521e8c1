"""Exports go all the way to the marts: what nobody can know stops nothing.

The three of them are one platform here, so that one build has every gap of theirs, and
who pays by Stripe watches too, as a player's log of docs/own-data.md says.
"""

import csv
import io
from importlib import import_module
from pathlib import Path

from dbt_sample import Dbt

from streaming_analytics.jobs.load import load_files
from streaming_analytics.progress import Progress
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

from .adapting import PROJECT, TABLES, converted

EXPORTS = Path(__file__).parent / "exports"
ADAPTERS = "streaming_analytics.loading.adapters"
NAMES = ("netflix", "snowplow", "stripe")
LOADED = "2025-06-01T03:00:00Z"
LOG = {
    "content": [
        {"content_id": "night-train", "title": "Night Train", "content_type": "film"}
        | {"runtime_seconds": "5400"}
    ],
    "viewing": [
        {"play_id": "1", "user_id": "cus_Ada", "content_id": "night-train"}
        | {"device_code": "tv", "play_type": "main", "watched_seconds": "5100"}
        | {"started_at": "2025-02-01T20:15:00+01:00"}
    ],
}


def one_platform(folder: Path) -> Path:
    """Write the raw rows of all exports and of the log into one folder."""
    made = [
        converted(
            import_module(f"{ADAPTERS}.{name}").convert, EXPORTS / name, folder / name
        )[0]
        for name in NAMES
    ]
    whole = folder / "whole"
    whole.mkdir()
    for table in TABLES:
        rows = [row for tables in made for row in tables[table.name]]
        rows += [row | {"loaded_at": LOADED} for row in LOG.get(table.name, [])]
        with (whole / f"{table.name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, table.column_names)
            writer.writeheader()
            writer.writerows(rows)
    return whole


def test_exports_are_built_to_the_marts(
    database: Connection, dbt: Dbt, tmp_path: Path
) -> None:
    with work_lock(database, "load") as lock:
        report = load_files(
            lock, PROJECT, one_platform(tmp_path), Progress(io.StringIO())
        )
    assert sum(table.quarantined for table in report.tables) == 0

    done = dbt(
        "build",
        "--target",
        "dev",
        "--vars",
        "{raw_data: loaded}",
        "--exclude-resource-type",
        "unit_test",
        connection=database,
        target=tmp_path / "target",
    )
    assert done.returncode == 0, done.stdout

    def only(query: str) -> object:
        with database.connect() as session:
            row = session.execute(trusted(query)).fetchone()
            assert row is not None
            return row[0]

    plays = report.rows["viewing"]
    assert only("select count(*) from dev_mart_core.fct_viewing") == plays
    assert only("select count(*) from dev_mart_core.dim_plans") == (
        report.rows["plans"] + 1
    )
    # Netflix does not say how long anything lasts; nobody has completed it.
    assert (
        only(
            "select count(*) from dev_mart_core.fct_content_viewers"
            " where runtime_seconds is null and is_completer is not null"
        )
        == 0
    )
    assert only(
        "select sum(cash_received_usd) > 0 from"
        " dev_mart_acquisition.agg_platform_growth_by_month"
    )
