"""A DuckDB file is put in place when all is green, and stays as it was when not."""

import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_analytics.cli import main
from streaming_analytics.duckdb_file.building import building_site
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build_file import FileReport, build_file
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project

from .test_build import CHECKOUT, break_the_test, project

__all__ = ["project"]

SCHEMA_NAMES = "macros/cross_db/generate_schema_name.sql"


@pytest.fixture
def small(project: Project) -> Project:
    """Return a project of one mart and one private step, with the real profile."""
    (project.root / SCHEMA_NAMES).parent.mkdir(parents=True)
    shutil.copy(CHECKOUT / SCHEMA_NAMES, project.root / SCHEMA_NAMES)
    (project.root / "models" / "stg_users.sql").write_text(
        "{{ config(schema='staging') }} select 'Ana Secret' as full_name"
    )
    return project


def build(project: Project, path: Path) -> FileReport:
    request = BuildRequest("sample", "duckdb", threads=1, trains=False)
    return build_file(project, path, request, Progress(io.StringIO()))


def rows(path: Path, query: str) -> list[tuple]:
    with DuckdbFile(path).reading() as reader:
        return reader.rows(query)[1]


def test_green_is_put_in_place_and_red_leaves_it_alone(
    small: Project, tmp_path: Path
) -> None:
    path = tmp_path / "marts.duckdb"
    report = build(small, path)

    assert report.file == DuckdbFile(path)
    assert report.outcome.counts == {"success": 3, "pass": 2}
    assert {one.what: one.path.is_file() for one in report.rendered} == {
        "dashboard": True,
        "report": True,
        "glossary": True,
    }
    assert rows(path, "select raw_data, as_of_date::text from audit.build_info") == [
        ("sample", "2025-12-31")
    ]
    before = path.read_bytes()
    # No name of a person is handed on, not even in a page that is no longer used.
    assert b"Ana Secret" not in before
    tables = "select table_schema, table_name from information_schema.tables"
    assert {schema for schema, _ in rows(path, tables)} == {"mart_core", "audit"}
    keys = "select constraint_type from duckdb_constraints() order by 1"
    assert ("PRIMARY KEY",) in rows(path, keys)

    break_the_test(small)
    with pytest.raises(UserError, match=r"assert_plays_are_positive.*is left in (.*)"):
        build(small, path)
    assert path.read_bytes() == before
    left = tmp_path / "marts.duckdb.building" / "work.duckdb"
    assert rows(left, "select plays from mart_core.dim_users") == [(0,)]


def test_history_goes_on_from_the_file_before(small: Project, tmp_path: Path) -> None:
    path = tmp_path / "marts.duckdb"
    snapshot = small.root / "snapshots" / "plans_history.sql"
    snapshot.parent.mkdir()
    for price in (5, 7):
        snapshot.write_text(
            "{% snapshot plans_history %} {{ config(schema='snapshots', "
            "unique_key='plan_code', strategy='check', check_cols=['price']) }} "
            f"select 'basic' as plan_code, {price} as price {{% endsnapshot %}}"
        )
        build(small, path)
    versions = "select price, dbt_valid_to is null from snapshots.plans_history"
    assert sorted(rows(path, versions)) == [(5, False), (7, True)]


def test_who_reads_the_old_file_goes_on_reading_it(
    small: Project, tmp_path: Path
) -> None:
    path = tmp_path / "marts.duckdb"
    build(small, path)
    model = small.root / "models" / "dim_users.sql"
    model.write_text(model.read_text().replace("2 as plays", "3 as plays"))
    query = "select plays from mart_core.dim_users"

    with path.open("rb") as old:
        build(small, path)
        kept = tmp_path / "old.duckdb"
        kept.write_bytes(old.read())
    assert rows(kept, query) == [(2,)]
    assert rows(path, query) == [(3,)]


def test_two_builds_of_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "marts.duckdb"
    with (
        building_site(path),
        pytest.raises(UserError, match="another streaming build works on"),
        building_site(path),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "duckdb", "--select", "dim_users"], "--select is of PostgreSQL"),
        (["--target", "duckdb", "--from", "2025-01-01"], "--from is of PostgreSQL"),
        (["--target", "duckdb", "--loaded"], "--loaded is of PostgreSQL"),
        (["--file", "marts.duckdb"], "--file is of --target duckdb"),
        (["--data", "."], "--data is of --target duckdb"),
    ],
)
def test_options_of_the_other_engine_are_refused(
    arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(main, ["build", *arguments])

    assert done.exit_code == 2
    assert said in done.output


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"), building_site(tmp_path):
        pass


def test_a_file_is_not_named_as_a_schema(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match="choose another name"),
        building_site(tmp_path / "ml.duckdb"),
    ):
        pass


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = DuckdbFile(tmp_path / "marts.duckdb")
    with (
        pytest.raises(UserError, match="make it with: streaming build"),
        file.reading(),
    ):
        pass


def test_what_a_killed_build_left_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "marts.duckdb"
    left = tmp_path / "marts.duckdb.building" / "work.duckdb.tmp"
    left.mkdir(parents=True)
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").touch()
    (left.parent / "work.duckdb").touch()

    with building_site(path) as site:
        assert list(site.folder.iterdir()) == []
