"""dbt reads the project once for each way of reading it, and goes on from there."""

import itertools
import shutil
from io import StringIO
from pathlib import Path

import pytest
from dbt_sample import ROOT

from streaming_analytics.dbt_parses import KeptParse
from streaming_analytics.dbt_run import DbtJob
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import WorkLock


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Return a project of one model that depends on a variable."""
    shutil.copy(ROOT / "profiles.yml.example", tmp_path)
    (tmp_path / "dbt_project.yml").write_text(
        "name: small\nversion: 1.0.0\nprofile: streaming_analytics\n"
    )
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "days.sql").write_text("select '{{ var('raw_data') }}' as a")
    return Project(tmp_path)


_pids = itertools.count(1)


def _read(project: Project, server: Connection, raw_data: str) -> str:
    """Read the project as a command does, and return what dbt said meanwhile."""
    log = project.root / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    job = DbtJob(
        project,
        server,
        target="candidate",
        variables={"raw_data": raw_data},
        lock=WorkLock(server, "build", next(_pids)),
    )
    job.require_selected(["days"], Progress(StringIO()))
    return log.read_text("utf-8")


def test_what_was_read_with_other_variables_is_still_known(
    small: Project, warehouse: Connection
) -> None:
    anew = "Unable to do partial parsing"
    assert anew in _read(small, warehouse, "sample")
    assert anew in _read(small, warehouse, "loaded")
    assert anew not in _read(small, warehouse, "sample")
    assert anew not in _read(small, warehouse, "loaded")


def test_a_model_that_changed_is_read_anew(
    small: Project, warehouse: Connection
) -> None:
    _read(small, warehouse, "sample")
    (small.root / "models" / "weeks.sql").write_text("select 1 as b")
    job = DbtJob(small, warehouse, target="candidate", variables={"raw_data": "sample"})
    # A selector that matches nothing would be refused.
    job.require_selected(["weeks"], Progress(StringIO()))


def test_the_newest_few_are_kept(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "partial_parse.msgpack").write_bytes(b"read")
    for number in range(12):
        KeptParse(project, "candidate", {"number": number}, {}).keep()
    kept = [
        number
        for number in range(12)
        if KeptParse(project, "candidate", {"number": number}, {}).arguments
    ]
    assert kept == [4, 5, 6, 7, 8, 9, 10, 11]
