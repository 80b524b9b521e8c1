"""No day of a platform that lives on is left out, whatever stops a run."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_analytics.generator.run import run
from streaming_analytics.jobs import advance as job
from streaming_analytics.jobs.advance import Advanced, advance
from streaming_analytics.jobs.build import _generate_and_load
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

HERE = own_checkout()


@pytest.fixture
def platform(
    tmp_path: Path, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Return a project whose small platform is generated and loaded."""
    small = replace(run.SCALES["demo"], users=60, titles=60, intensity=0.05)
    monkeypatch.setitem(run.SCALES, "demo", small)
    shutil.copytree(HERE.root / "seeds", tmp_path / "seeds")
    shutil.copy(HERE.root / "dbt_project.yml", tmp_path)
    project = Project(tmp_path)
    with work_lock(database, "build") as lock:
        _generate_and_load(lock, project, "demo", Progress(io.StringIO()))
    return project


def go_on(project: Project, database: Connection) -> tuple[Advanced, str]:
    """Advance by two days; return what it brought and what was said."""
    said = io.StringIO()
    selection = Selection(database, False, ())
    return advance(project, selection, "demo", 2, Progress(said)), said.getvalue()


def nights(database: Connection) -> int:
    """Count the nights in which plays arrived."""
    with database.connect() as session:
        row = session.execute(
            "select count(distinct cast(loaded_at as date)) from raw.viewing"
        ).fetchone()
    assert row is not None
    return row[0]


def test_days_whose_load_was_stopped_are_loaded_by_the_next_run(
    platform: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = nights(database)
    with monkeypatch.context() as stopped:
        stopped.setattr(job, "load_files", interrupted)
        with pytest.raises(KeyboardInterrupt):
            go_on(platform, database)
    done, said = go_on(platform, database)

    assert nights(database) == before + 4
    assert "000001, left by a run before" in said
    assert done.folder.name == "000002"
    assert done.rows > 0
    _, said = go_on(platform, database)
    assert "left by a run before" not in said


def test_a_folder_that_was_removed_leaves_its_number_free(
    platform: Project, database: Connection
) -> None:
    for _ in range(2):
        go_on(platform, database)
    arrivals = platform.arrivals("demo")
    shutil.rmtree(arrivals / "000001")
    # What a killed run leaves beside them.
    (arrivals / ".000003.partial-1-x").mkdir()
    done, _ = go_on(platform, database)

    assert done.folder.name == "000003"
    assert [path.name for path in platform.arrived("demo")] == ["000002", "000003"]


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
