"""A build with the rights of docs/managed-postgresql.md, and with no other."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.jobs import build as job
from streaming_analytics.jobs.build import build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted

PAGE = own_checkout().root / "docs" / "managed-postgresql.md"
MANAGED = "managed_transformer"
FILES = {
    "dbt_project.yml": """
name: streaming_analytics
version: 1.0.0
profile: streaming_analytics
models: {+schema: mart_core, +materialized: table}
""",
    "models/dim_users.sql": "select cast('ana' as text) as user_id",
    "models/dim_users.yml": """
models:
  - name: dim_users
    config: {contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [user_id]}]
    columns: [{name: user_id, data_type: string}]
""",
}


def statements(database: str) -> list[str]:
    """Return what the page tells an administrator to run, in this database."""
    text = PAGE.read_text(encoding="utf-8").partition("## Every day")[0]
    blocks = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    parts = [part.strip() for block in blocks for part in block.split(";")]
    # The database is there, and the embedded server shuts functions for all databases.
    elsewhere = ("create database", "revoke execute on function")
    made = [part for part in parts if part and not part.startswith(elsewhere)]
    own = {
        "database streaming": f"database {database}",
        # The embedded server has a transformer of its own.
        "transformer": MANAGED,
        "…": "secret",
    }
    for shown, tried in own.items():
        made = [part.replace(shown, tried) for part in made]
    return made


def drop_roles(database: Connection) -> None:
    for role in (MANAGED, "bi_reader"):
        with (
            suppress(psycopg.errors.UndefinedObject),
            database.connect() as session,
        ):
            session.execute(
                sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(role))
            )


@pytest.fixture
def transformer(database: Connection) -> Iterator[Connection]:
    # Roles belong to the server, and others' tests may have left theirs.
    drop_roles(database)
    with database.connect() as session:
        for statement in statements(database.database):
            session.execute(trusted(statement))
    yield replace(database, user=MANAGED, password="secret")
    drop_roles(database)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    profile = own_checkout().root / "profiles.yml.example"
    (tmp_path / profile.name).write_text(profile.read_text())
    return Project(tmp_path)


def test_it_builds_publishes_and_lets_bi_read(
    project: Project, transformer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "render", lambda *_: [])
    request = BuildRequest("sample", threads=1, trains=False)
    progress = Progress(io.StringIO())

    report = build(project, Selection(transformer, False, ()), request, progress)

    assert report.publication is not None
    bi = replace(transformer, user="bi_reader")
    with bi.connect() as session:
        query = "select user_id from mart_core.dim_users"
        assert session.execute(trusted(query)).fetchall() == [("ana",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("select 1 from candidate_mart_core.dim_users")


@pytest.mark.parametrize(
    "statement",
    [
        "create role mine",
        "create database mine",
        "set session_replication_role = replica",
        "alter role bi_reader superuser",
        "create table public.mine ()",
        "copy (select 1) to '/tmp/mine'",
    ],
)
def test_it_may_do_nothing_else(transformer: Connection, statement: str) -> None:
    with (
        transformer.connect(autocommit=True) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(trusted(statement))


def test_whoever_reads_cannot_build(project: Project, transformer: Connection) -> None:
    request = BuildRequest("sample", threads=1, trains=False)
    reader = Selection(replace(transformer, user="bi_reader"), False, ())

    with pytest.raises(UserError) as error:
        build(project, reader, request, Progress(io.StringIO()))

    assert "\n" not in str(error.value)
