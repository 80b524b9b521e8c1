"""A candidate of three marts, what happens to it, and what ends its makers."""

import io
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from candidates import NO_READER, run

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.publishing.fingerprint import record_fingerprint
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

PUBLISHER = "streaming publish"
USERS, PLAYS = 400, 4_000

#: As dbt makes them: a new table takes the place of the old one.
CANDIDATE = """
create schema if not exists candidate_mart_core;
create schema if not exists candidate_mart_engagement;
drop table if exists candidate_mart_core.dim_users cascade;
drop table if exists candidate_mart_core.fct_plays cascade;
drop table if exists candidate_mart_engagement.agg_plays_by_user cascade;
create table candidate_mart_core.dim_users as
select 'u' || n as user_id, {build} as build, cast({build} as {kind}) as score {more}
from generate_series(1, {users}) as n;
create table candidate_mart_core.fct_plays as
select 'p' || n as play_id, 'u' || 1 + n % {users} as user_id, {build} as build
from generate_series(abs({build}), abs({build}) + {plays}) as n;
create table candidate_mart_engagement.agg_plays_by_user as
select user_id, count(*) as plays, {build} as build
from candidate_mart_core.fct_plays group by user_id;
alter table candidate_mart_core.dim_users add primary key (user_id);
alter table candidate_mart_core.fct_plays add primary key (play_id),
    add foreign key (user_id) references candidate_mart_core.dim_users (user_id);
alter table candidate_mart_engagement.agg_plays_by_user add primary key (user_id);
"""
#: In turn, what the contract of dim_users may become.
SHAPES = (
    {"kind": "integer", "more": ""},
    {"kind": "bigint", "more": ""},
    {"kind": "bigint", "more": ", 'new' as label"},
    {"kind": "numeric(12, 2)", "more": ", 'new' as label"},
    {"kind": "text", "more": ""},
)
PROJECT = {
    "dbt_project.yml": """
name: streaming_analytics
version: 1.0.0
profile: streaming_analytics
models:
  +materialized: table
""",
    "models/dim_users.sql": """
{{ config(schema='mart_core') }}
select 'u' || n as user_id, {{ var('build') }} as build
from generate_series(1, 400) as n
""",
    "models/fct_plays.sql": """
{{ config(schema='mart_core') }}
select 'p' || n as play_id, user_id, build
from generate_series(1, 4000) as n
inner join {{ ref('dim_users') }} on user_id = 'u' || 1 + n % 400
cross join (select pg_sleep(1.5)) as while_it_is_built
""",
    "models/agg_plays_by_user.sql": """
{{ config(schema='mart_engagement') }}
select user_id, count(*) as plays, max(build) as build
from {{ ref('fct_plays') }} group by user_id
""",
}


def green(connection: Connection, number: int, shape: int) -> None:
    """Make a candidate whose every row has the build's number, and audit it."""
    text = CANDIDATE.format(
        build=number, users=USERS, plays=PLAYS, **SHAPES[shape % len(SHAPES)]
    )
    run(connection, text)
    build = begin_build(connection, "sample", "abc")
    record_fingerprint(connection, build, "candidate")
    finish_build(connection, build, "passed")


def as_dbt_left_it(connection: Connection, target: str, number: int) -> None:
    """Make the tables of a dbt target, as an earlier build of it would have."""
    text = CANDIDATE.format(build=number, users=USERS, plays=PLAYS, **SHAPES[0])
    run(connection, text.replace("candidate_", f"{target}_"))


def poisoned_in_the_audit(connection: Connection, number: int) -> None:
    """Make a candidate in which a test is red."""
    run(connection, CANDIDATE.format(build=-number, users=USERS, plays=9, **SHAPES[0]))
    build = begin_build(connection, "sample", "abc")
    finish_build(connection, build, "failed", failed_tests=["not_null"])


def poisoned_after_it(connection: Connection, number: int) -> None:
    """Audit a candidate, and change a row of it afterwards."""
    green(connection, number, 0)
    run(
        connection,
        f"update candidate_mart_core.dim_users set build = -{number}"
        " where user_id = 'u1'",
    )


def refusal(connection: Connection) -> str:
    """Publish; return why nothing was, or nothing."""
    try:
        with work_lock(connection, "publish") as lock:
            publish(lock, NO_READER, Progress(io.StringIO()))
    except UserError as error:
        return str(error)
    return ""


def _publish_elsewhere(connection: Connection) -> None:
    sys.exit(bool(refusal(connection)))


@dataclass
class Kills:
    """Ends processes and sessions at a random moment of their work, and counts."""

    connection: Connection
    folder: Path
    draw: random.Random
    counts: dict[str, int] = field(
        default_factory=lambda: {"dbt": 0, "publisher": 0, "backend": 0}
    )

    def publisher(self) -> None:
        """Publish in a process of its own, and kill it on the way."""
        process = multiprocessing.get_context("spawn").Process(
            target=_publish_elsewhere, args=(self.connection,)
        )
        process.start()
        self._wait_for_publisher(lambda: process.is_alive())
        if process.is_alive():
            process.kill()
            self.counts["publisher"] += 1
        process.join()
        self._wait_until_free()

    def backend(self) -> None:
        """Publish, and end its session of the server on the way."""
        process = multiprocessing.get_context("spawn").Process(
            target=_publish_elsewhere, args=(self.connection,)
        )
        process.start()
        pid = self._wait_for_publisher(lambda: process.is_alive())
        if pid is not None:
            with self.connection.connect(autocommit=True) as session:
                ended = session.execute(
                    "select pg_terminate_backend(%s)", [pid]
                ).fetchone()
            self.counts["backend"] += ended == (True,)
        process.join()

    def dbt(self, number: int) -> None:
        """Let dbt build into the candidate's schemas, and kill it on the way."""
        begin_build(self.connection, "sample", "abc")
        process = dbt_run(self.connection, self.folder, "candidate", -number)
        deadline = time.monotonic() + 60
        with self.connection.connect(autocommit=True) as session:
            while process.poll() is None and time.monotonic() < deadline:
                building = session.execute(
                    "select count(*) > 0 from pg_stat_activity"
                    " where state = 'active' and query like '%%while_it_is_built%%'"
                    " and pid <> pg_backend_pid()"
                ).fetchone()
                if building == (True,):
                    time.sleep(self.draw.uniform(0, 0.3))
                    process.kill()
                    self.counts["dbt"] += 1
                    break
                time.sleep(0.02)
        process.wait()

    def _wait_for_publisher(self, lives: Callable[[], bool]) -> int | None:
        """Wait until its transaction writes, and a little more; return its session."""
        with self.connection.connect(autocommit=True) as session:
            while lives():
                row = session.execute(
                    "select pid from pg_stat_activity where application_name = %s"
                    " and backend_xid is not null",
                    [PUBLISHER],
                ).fetchone()
                if row is not None:
                    time.sleep(self.draw.uniform(0, 0.1))
                    return row[0]
                time.sleep(0.002)
        return None

    def _wait_until_free(self) -> None:
        """Wait until the server has seen that the killed process is gone."""
        deadline = time.monotonic() + 30
        with self.connection.connect(autocommit=True) as session:
            while time.monotonic() < deadline:
                row = session.execute(
                    "select count(*) from pg_stat_activity"
                    " where application_name like 'streaming publish%%'"
                ).fetchone()
                if row == (0,):
                    return
                time.sleep(0.05)


def dbt_project(folder: Path) -> Path:
    """Write dbt's project of the three marts."""
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copy(own_checkout().root / "profiles.yml.example", folder / "profiles.yml")
    return folder


def dbt_run(
    connection: Connection, folder: Path, target: str, build: int
) -> subprocess.Popen:
    """Start dbt on the project of the three marts."""
    return subprocess.Popen(
        [
            str(Path(sys.executable).with_name("dbt")),
            "--quiet",
            "run",
            "--project-dir",
            str(folder),
            "--profiles-dir",
            str(folder),
            "--target",
            target,
            "--vars",
            f"{{build: {build}}}",
        ],
        cwd=folder,
        env=os.environ | connection.environment() | {"DO_NOT_TRACK": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
