"""A day more on Spark: the build goes on from the one before, and equals a full one.

The platform has faults, so that it holds Spark to DuckDB on a faulty one as well.
"""

import io
import json
from pathlib import Path

import pytest
from dbt_sample import Dbt
from engines.faulty import build_models, faulty_files
from engines.parity import Row, compare_marts, differences, marts_of, rows_of
from faults.platform import HERE

from streaming_analytics.duckdb_file.building import building_site
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.jobs.build_spark import CURRENT, new_build, read_raw_rows
from streaming_analytics.loading.blocks import Options
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.reading import Reader
from streaming_analytics.spark_folder.folder import SparkFolder

from .days import Corrected, files_of_two_days

ACCOUNTS = 80
BY_PARTS = {
    "stg_streaming_app__viewing",
    "stg_streaming_app__viewing_user_days",
    "stg_streaming_app__viewing_arrivals",
    "int_bot_days",
    "fct_viewing",
    "int_plays_by_day",
    "int_part_viewers",
    "int_season_viewers",
    "int_plays_in_sessions",
    "int_viewing_by_user_title_day",
    "int_active_days",
    "int_viewing_by_day_hour",
    "int_viewing_by_user_day",
    "int_viewing_by_user_month",
    "int_viewing_by_member_month",
    "int_content_days",
    "int_episode_viewers",
    "int_content_weeks",
    "int_content_months",
    "int_titles_on_chart",
    "int_launch_part_viewers",
    "int_launch_audiences",
    "fct_content_viewers",
    "fct_sessions",
    "agg_viewing_by_user_day",
    "agg_viewing_by_user_month",
    "fct_content_feedback",
    "int_tastes",
}
HISTORIES = {
    "content_history": ("content_id",),
    "users_history": ("user_id",),
    "plans_history": ("plan_code",),
    "plan_prices_history": ("plan_code", "region_code", "valid_from_date"),
}
QUIET = Progress(io.StringIO())
# Of so few rows, most is compiling: a third less processor time.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
QUICK_SPARK = "spark.sql.codegen.wholeStage false\n"


class Builds:
    """Two builds after each other on each engine, from the same files."""

    def __init__(self, place: Path, dbt: Dbt) -> None:
        """Build nothing yet."""
        self.place, self.dbt = place, dbt
        self.spark = SparkFolder(place / "spark" / CURRENT)
        self.duckdb = DuckdbFile(place / "built.duckdb")
        self.manifest: dict = {}

    def build(self, files: Path) -> set[str]:
        """Build on both, and return which tables Spark built by parts."""
        target = self.place / f"target_{files.name}"
        with building_site(self.duckdb.path) as site:
            read_raw(
                site.work,
                files,
                read_raw_contract(HERE.raw_contract),
                Options(HERE.reference_seeds),
                self.place / "aside.jsonl",
                QUIET,
            )
            site.take_over_history()
            build_models(self.dbt, site.work, target / "duckdb", "duckdb")
            site.put_in_place()
        with new_build(self.place / "spark") as folder:
            read_raw_rows(HERE, folder, files, self.place / "aside.jsonl", QUIET)
            self.manifest = build_models(self.dbt, folder, target / "spark", "spark")
        results = json.loads((target / "spark" / "run_results.json").read_text())
        return {
            result["unique_id"].rpartition(".")[2]
            for result in results["results"]
            if result["message"] == "built by parts"
        }


@pytest.fixture(scope="module")
def days(
    dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Builds, Corrected, set[str]]:
    """Build a platform without its last day, and then all of it, with corrections."""
    place = tmp_path_factory.mktemp("days")
    earlier, later = place / "earlier", place / "later"
    corrected = files_of_two_days(faulty_files(place, ACCOUNTS), earlier, later)
    (place / "spark-defaults.conf").write_text(QUICK_SPARK)
    builds = Builds(place, dbt)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", QUICK_JAVA)
        patch.setenv("SPARK_CONF_DIR", str(place))
        patch.setenv("STREAMING_SPARK_PARTITIONS", "1")
        assert builds.build(earlier) == set()
        return builds, corrected, builds.build(later)


def test_large_tables_are_built_by_parts(
    days: tuple[Builds, Corrected, set[str]],
) -> None:
    builds, corrected, by_parts = days
    assert by_parts == BY_PARTS
    changed = "select {} from changes.fct_viewing where change_sign {} 0"
    with builds.spark.reading() as spark:
        ((whole,),) = spark.rows("select count(*) from mart_core.fct_viewing")[1]
        left = rows_of(spark, changed.format("play_id", "<"))
        came = rows_of(spark, changed.format("play_id, viewed_date", ">"))
    assert {"play_id": corrected.gone} in left
    assert corrected.moved in {row["play_id"] for row in came}
    assert 0 < len(came) < whole / 10


def test_every_mart_equals_a_full_build_row_by_row(
    days: tuple[Builds, Corrected, set[str]],
) -> None:
    builds, *_ = days
    with builds.spark.reading() as spark, builds.duckdb.reading() as duckdb:
        found, filled = compare_marts(duckdb, spark, marts_of(builds.manifest))
    assert found == {}
    assert filled > 45


def test_history_goes_on_from_the_build_before(
    days: tuple[Builds, Corrected, set[str]],
) -> None:
    builds, corrected, _ = days
    with builds.spark.reading() as spark, builds.duckdb.reading() as duckdb:
        for history, key in HISTORIES.items():
            found = differences(
                versions(duckdb, history), versions(spark, history), (*key, "seen_at")
            )
            assert found == []
        titles = versions(spark, "content_history")
        users = versions(spark, "users_history")
    for rows, column, value in (
        (titles, "content_id", corrected.title),
        (users, "user_id", corrected.account),
    ):
        first, second = [row for row in rows if row[column] == value]
        assert (second["dbt_valid_from"] - first["dbt_valid_from"]).days == 1
        assert first["dbt_valid_to"] == second["dbt_valid_from"]
        assert second["dbt_valid_to"] is None


def versions(reader: Reader, history: str) -> list[Row]:
    """Return a snapshot's versions in order, without the key that an engine gives."""
    rows = rows_of(reader, f"select * from snapshots.{history} order by dbt_valid_from")
    return [
        {name: value for name, value in row.items() if name != "dbt_scd_id"}
        for row in rows
    ]
