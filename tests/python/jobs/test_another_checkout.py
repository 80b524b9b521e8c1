"""A job works on the checkout that it is handed, wherever one stands."""

import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_analytics.generator.run import run
from streaming_analytics.jobs.advance import advance
from streaming_analytics.jobs.build import build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project, find_project, own_checkout
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection

HERE = own_checkout()

PROJECT = """
name: streaming_analytics
profile: streaming_analytics
seed-paths: [none]
models: {+schema: mart_core, +materialized: table}
vars:
  set_aside_limits:
    all: {warn_percent: 1, stop_percent: 2, stop_rows: 50, stop_deleted_percent: 10}
"""
MODEL = "select count(*) as ratings from raw.ratings"

# The stars of a rating come after its moment there.
CONTRACT = HERE.raw_contract.read_text(encoding="utf-8")
STARS = "        rating: numeric(2, 1)\n"
MOMENT = "        rated_at: timestamp\n"
STARS_SAID, MOMENT_SAID = (
    re.findall(rf"      - name: {name}\n(?:        .*\n)+", CONTRACT)[0]
    for name in ("rating", "rated_at")
)
THERE = ["rating_id", "user_id", "content_id", "rated_at", "rating", "loaded_at"]


def changed(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def there(tmp_path: Path) -> Project:
    """Return a checkout with another contract and another map of the world."""
    project = Project(tmp_path / "there")
    reference = sorted(HERE.countries.parent.glob("*.csv"))
    for path in (HERE.raw_contract, *reference, HERE.root / "profiles.yml.example"):
        copy = project.root / path.relative_to(HERE.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    changed(
        project.raw_contract,
        (STARS + MOMENT, MOMENT + STARS),
        (STARS_SAID + MOMENT_SAID, MOMENT_SAID + STARS_SAID),
    )
    changed(project.countries, ("US,United States,UCAN,", "US,United States,APAC,"))
    (project.root / "dbt_project.yml").write_text(PROJECT)
    (project.root / "models").mkdir()
    (project.root / "models" / "seen.sql").write_text(MODEL)
    return project


def test_a_checkout_is_built_while_one_stands_in_another(
    there: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(run.SCALES["demo"], users=60, titles=60, intensity=0.05)
    monkeypatch.setitem(run.SCALES, "demo", small)
    monkeypatch.chdir(HERE.root)
    assert find_project() == HERE
    selection = Selection(database, False, ())
    request = BuildRequest("demo", target="ci", trains=False, threads=1)

    build(there, selection, request, Progress(io.StringIO()))
    done = advance(there, selection, "demo", 40, Progress(io.StringIO()))

    platform = there.data / "demo"
    for folder in (platform, done.folder):
        header = (folder / "ratings.csv").read_text().splitlines()[0]
        assert header.split(",") == THERE
    places = json.loads((platform / "manifest.json").read_text())["world"]["places"]
    assert {p["country_code"]: p["region_code"] for p in places}["US"] == "APAC"
    with database.connect() as session:
        columns = session.execute(
            "select column_name from information_schema.columns "
            "where table_schema = 'raw' and table_name = 'ratings' "
            "order by ordinal_position"
        ).fetchall()
        built = session.execute("select ratings from ci_mart_core.seen").fetchone()
    assert [name for (name,) in columns] == THERE
    assert built is not None
    assert built[0] > 0
