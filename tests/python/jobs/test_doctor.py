"""What `streaming doctor` finds in a house that is out of order."""

import os
import shutil
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_analytics.cli import main
from streaming_analytics.health import machine
from streaming_analytics.health.database import look_at_sessions
from streaming_analytics.health.finding import Finding, looked_at
from streaming_analytics.health.shell import look_at_shell
from streaming_analytics.jobs.doctor import Diagnosis, describe_diagnosis, diagnose
from streaming_analytics.jobs.status import describe_status, read_status
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.run_log import logged_run
from streaming_analytics.warehouse import cluster
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.server import EmbeddedServer
from streaming_analytics.warehouse.work_lock import work_lock

Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture
def house(tmp_path: Path) -> Project:
    """Return a checkout in which no command ran yet."""
    for name in ("dbt_project.yml", "requirements.lock"):
        shutil.copy(own_checkout().root / name, tmp_path)
    return Project(tmp_path)


@pytest.fixture
def lived_in(warehouse_project: Project, house: Project) -> Project:
    """Return the project whose embedded server runs, with a checkout's files."""
    for name in ("dbt_project.yml", "requirements.lock"):
        shutil.copy(house.root / name, warehouse_project.root)
    return warehouse_project


def found(diagnosis: Diagnosis, name: str) -> Finding:
    (finding,) = [one for one in diagnosis.findings if one.name == name]
    return finding


@pytest.mark.parametrize(
    ("right", "verdict"), [("nosuperuser", "ok"), ("superuser", "warn")]
)
def test_an_owner_with_a_superusers_rights_is_told(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, right: str, verdict: str
) -> None:
    house = Project(open_folder / right)
    house.root.mkdir()
    made = cluster._setting_up
    monkeypatch.setattr(
        cluster,
        "_setting_up",
        lambda password: [*made(password), f"alter role transformer {right}"],
    )
    server = EmbeddedServer(house)
    server.start()
    try:
        assert found(diagnose(house), "role").verdict == verdict
    finally:
        server.remove()


def test_a_new_house_is_sound_and_is_left_as_it_is(house: Project) -> None:
    before = sorted(house.root.rglob("*"))

    diagnosis = diagnose(house)

    wrong = [f for f in diagnosis.findings if f.verdict == "fail"]
    assert wrong == []
    assert diagnosis.next_step == "streaming build"
    assert "does not run" in found(diagnosis, "server").text
    assert sorted(house.root.rglob("*")) == before


def test_a_server_that_does_not_answer_fails_with_exit_code_1(
    house: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.root)
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")

    result = CliRunner().invoke(main, ["doctor"])

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    lines = [line for line in result.output.splitlines() if line.startswith("fail")]
    assert len(lines) == 1
    assert "cannot connect to PostgreSQL at 127.0.0.1:1" in lines[0]


@pytest.mark.parametrize(
    ("free", "verdict"), [(10**8, "fail"), (10**9, "warn"), (10**11, "ok")]
)
def test_a_full_disk_is_told_before_a_build_meets_it(
    house: Project, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))

    assert machine.look_at_disk(house).verdict == verdict


@pytest.mark.only_where(os.geteuid() != 0)
def test_folders_of_another_user_fail(house: Project) -> None:
    house.site.mkdir(mode=0o500)

    assert str(house.site) in machine.look_at_folders(house).text


def test_packages_are_compared_with_the_lock_file(house: Project) -> None:
    lock = house.root / "requirements.lock"
    lock.write_text(lock.read_text().replace("click==", "click==0."))

    finding = machine.look_at_packages(house)

    assert finding.verdict == "warn"
    assert finding.text.startswith("click ")
    assert finding.remedy == "make env"


def test_a_version_of_dbt_that_the_project_refuses_fails(house: Project) -> None:
    project_file = house.root / "dbt_project.yml"
    project_file.write_text(project_file.read_text().replace(">=1.11.0", ">=1.99.0"))

    assert machine.look_at_dbt(house).verdict == "fail"


def test_data_of_another_postgresql_fail(house: Project) -> None:
    data = house.warehouse / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")

    finding = machine.look_at_postgresql(house)

    assert finding.verdict == "fail"
    assert "cannot read the data of 12" in finding.text


@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({}, "ok"),
        ({"PGHOST": "db", "PGPASSWORD": "secret"}, "ok"),
        ({"PGUSER": "me"}, "warn"),
        ({"PGHOST": "db", "PGUSER": "bi_reader"}, "fail"),
    ],
)
def test_the_shell_may_lead_elsewhere(variables: dict[str, str], verdict: str) -> None:
    finding = look_at_shell(variables)

    assert finding.verdict == verdict
    assert "secret" not in finding.text
    assert all(name in finding.text for name in variables)


@pytest.mark.parametrize(
    ("how", "verdict", "said"),
    [
        ("well", "ok", "streaming load files"),
        ("UserError: too many rows", "warn", "too many rows"),
    ],
)
def test_the_last_run_is_told(
    house: Project, how: str, verdict: str, said: str
) -> None:
    with logged_run(house.run_logs, ["load", "files"]) as log:
        running = machine.look_at_last_run(house)
        log.end(how)
    finding = machine.look_at_last_run(house)

    assert "runs, pid" in running.text
    assert (finding.verdict, said in finding.text) == (verdict, True)


def test_a_run_that_was_killed_is_told(house: Project) -> None:
    house.run_logs.mkdir(parents=True)
    # No process has this number.
    path = house.run_logs / f"20250101-000000-build-{2**30}.log"
    path.write_text("     0.00  streaming build\n     1.00  dbt: 1.00 s\n")

    finding = machine.look_at_last_run(house)

    assert finding.verdict == "warn"
    assert "was killed" in finding.text


def test_who_holds_the_lock_is_told_with_its_heartbeat(
    lived_in: Project, warehouse: Connection
) -> None:
    with work_lock(warehouse, "load"):
        busy = diagnose(lived_in)
    free = diagnose(lived_in)

    text = found(busy, "work lock").text
    assert text.startswith(f"held by streaming load, pid {os.getpid()} for ")
    assert "last heartbeat" in text
    assert busy.next_step.startswith("wait for: streaming load")
    assert found(free, "work lock").text == "free"


def test_who_waits_for_whom_is_told(database: Connection) -> None:
    with database.connect() as first, database.connect(autocommit=True) as second:
        holder = first.info.backend_pid
        first.execute("create table public.held ()")
        waiting = threading.Thread(
            target=lambda: second.execute("create table if not exists public.held ()")
        )
        waiting.start()
        with database.connect(autocommit=True) as third:
            deadline = time.monotonic() + 20
            finding = look_at_sessions(third)
            while finding.verdict == "ok" and time.monotonic() < deadline:
                finding = look_at_sessions(third)
        first.rollback()
        waiting.join()

    assert finding.verdict == "warn"
    assert f"waits for session {holder}" in finding.text


def test_a_build_that_failed_is_told(lived_in: Project, warehouse: Connection) -> None:
    build = begin_build(warehouse, "sample", "abc")
    finish_build(warehouse, build, "failed", failed_tests=["not_null_a_b"])

    diagnosis = diagnose(lived_in)

    assert "not_null_a_b" in found(diagnosis, "last build").text
    assert diagnosis.is_sound
    assert describe_diagnosis(diagnosis)[-1] == f"next: {diagnosis.next_step}"


def test_a_build_that_was_killed_is_told_as_status_tells_it(
    lived_in: Project, warehouse: Connection
) -> None:
    build = begin_build(warehouse, "sample", "abc")
    try:
        text = found(diagnose(lived_in), "last build").text
        status = read_status(lived_in)
    finally:
        finish_build(warehouse, build, "failed", failed_tests=["interrupted"])

    assert text.startswith("killed, sample data, ")
    assert text in "\n".join(describe_status(status))
    assert status.next_step == "streaming build"


def test_a_look_that_stumbles_is_a_finding() -> None:
    def stumbles() -> Finding:
        raise ZeroDivisionError

    finding = looked_at("here", stumbles)

    assert finding.verdict == "fail"
    assert "ZeroDivisionError" in finding.text
