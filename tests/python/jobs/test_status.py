"""What `streaming status` makes of a server, and what it says to run next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from streaming_analytics.jobs.status import (
    LastBuild,
    LastLoad,
    Published,
    Status,
    describe_status,
    read_status,
)
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PUBLISHED = Status(
    server=Connection("127.0.0.1", 5432, "streaming", "owner", ""),
    version="abc",
    pages_at=NOON + HOUR,
    load=LastLoad("my/files", "loaded", "", NOON - HOUR, 1000, 3),
    build=LastBuild("loaded", "published", date(2025, 5, 31), "abc", NOON, []),
    published=Published("loaded", date(2025, 5, 31), "abc", 53, 90_000, NOON),
)


def built(**changes: object) -> Status:
    assert PUBLISHED.build is not None
    return replace(PUBLISHED, build=replace(PUBLISHED.build, **changes))


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (PUBLISHED, "streaming open"),
        (replace(PUBLISHED, build=None, load=None), "streaming build"),
        (replace(PUBLISHED, build=None), "streaming build --loaded"),
        (built(started_at=NOON - 2 * HOUR), "streaming build --loaded"),
        (
            built(status="failed", failed_tests=["a", "b", "c", "d"]),
            "see to a, b, c and 1 more (streaming doctor), "
            "then: streaming build --loaded",
        ),
        (
            replace(
                built(status="failed", failed_tests=["a"], raw_data="sample"),
                log=Path("build.log"),
            ),
            "see to a (see build.log), then: streaming build",
        ),
        (
            built(status="failed", failed_tests=["interrupted"]),
            "streaming build --loaded",
        ),
        (built(status="running"), "streaming build --loaded"),
        (built(status="passed"), "streaming publish"),
        (replace(PUBLISHED, pages_at=NOON - HOUR), "streaming report"),
        (replace(PUBLISHED, pages_at=None), "streaming report"),
        (
            replace(PUBLISHED, version="def"),
            "streaming build --loaded   (the checkout has changed since)",
        ),
        (
            replace(PUBLISHED, work="streaming load, pid 7"),
            "wait for: streaming load, pid 7",
        ),
    ],
)
def test_the_next_step_brings_readers_up_to_date(status: Status, step: str) -> None:
    assert status.next_step == step


def test_a_stopped_load_is_to_be_looked_at() -> None:
    assert PUBLISHED.load is not None
    stopped = replace(
        PUBLISHED.load,
        directory="my files",
        status="stopped",
        message="60 of 60 rows are wrong",
        finished_at=NOON + HOUR,
    )
    for status in (
        replace(PUBLISHED, load=stopped),
        replace(PUBLISHED, load=stopped, build=None),
    ):
        assert status.next_step.startswith("streaming load 'my files' --check ")
        (line,) = [one for one in describe_status(status) if one.startswith("load")]
        assert line.endswith("UTC: 60 of 60 rows are wrong")
    # Of a stopped load before a build nothing is waited for.
    before = replace(stopped, finished_at=NOON - HOUR)
    assert replace(PUBLISHED, load=before).next_step == "streaming open"


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (None, "killed, loaded data"),
        ("streaming load, pid 7", "killed, loaded data"),
        ("streaming build, pid 7", "running, loaded data"),
        ("", "running, loaded data"),
    ],
)
def test_a_build_that_was_killed_does_not_run(work: str | None, said: str) -> None:
    status = replace(built(status="running"), work=work)
    (line,) = [one for one in describe_status(status) if one.startswith("build")]
    assert line.split(maxsplit=1)[1].startswith(said)


def test_rows_that_were_set_aside_are_said() -> None:
    (line,) = [line for line in describe_status(PUBLISHED) if line.startswith("load")]
    assert "1,000 rows, 3 set aside (streaming quarantine)" in line


def test_a_server_is_read_and_none_is_started(
    warehouse_project: Project, warehouse: Connection, tmp_path: Path
) -> None:
    build = begin_build(warehouse, "sample", "abc")
    with work_lock(warehouse, "build"):
        busy = read_status(warehouse_project)
    finish_build(warehouse, build, "failed", failed_tests=["not_null_a_b"])
    idle = read_status(warehouse_project)
    elsewhere = read_status(Project(tmp_path))

    assert busy.next_step.startswith("wait for: streaming build, pid ")
    assert idle.server == warehouse
    assert "failed (not_null_a_b)" in "\n".join(describe_status(idle))
    assert idle.next_step == (
        "see to not_null_a_b (streaming doctor), then: streaming build"
    )
    assert elsewhere.server is None
    assert not (tmp_path / ".warehouse").exists()
