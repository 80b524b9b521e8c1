"""Builds by dbt of a few small kept models, with the macros of the checkout."""

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from streaming_analytics.dbt_run import DbtJob
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.changes import forget_changes
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

CHECKOUT = Path(__file__).resolve().parents[3]

FILES = {
    "dbt_project.yml": """
name: streaming_analytics
version: 1.0.0
profile: streaming_analytics
test-paths: [tests]
flags: {send_anonymous_usage_stats: false}
vars: {whole_rebuild_percent: 100, most: 100, bonus: 0, meanwhile: "", wrong_day: ""}
models: {+materialized: table}
on-run-start: ["{{ make_change_tables() }}"]
on-run-end:
  - "{{ var('meanwhile') }}"
  - "{{ explain_failed_tests(results) }}"
  - "{{ record_passed_tests(results) }}"
  - "{{ record_known_rules(results) }}"
  - "{{ forget_changes(results) }}"
""",
    "models/plays.sql": """
{{ config(kept=true, since='played_on') }}
select play_id, user_id, seconds, played_on from {{ source('raw', 'plays') }}
""",
    "models/users.sql": """
{{ config(part=['user_id'], reads={'plays': ['user_id']}) }}
select user_id, sum(seconds) + {{ var('bonus') }} as seconds
from {{ ref('plays') }} group by user_id
""",
    "models/models.yml": """
sources: [{name: raw, tables: [{name: plays}]}]
models:
  - name: plays
    config: {contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [play_id]}]
    data_tests:
      - rows_hold: {name: rows_of_plays, arguments: {not_negative: [seconds]}}
    columns:
      - {name: play_id, data_type: string}
      - {name: user_id, data_type: string}
      - {name: seconds, data_type: bigint}
      - {name: played_on, data_type: date}
  - name: users
    data_tests:
      - rows_hold:
          name: rows_of_users
          arguments:
            unique: [[user_id]]
            rules: {few_seconds: "seconds <= {{ var('most') }}"}
""",
}
RAW = """
create schema raw;
create table raw.plays (play_id text, user_id text, seconds bigint, played_on date);
insert into raw.plays values
    ('a1', 'ana', 60, '2025-01-01'), ('b1', 'ben', 30, '2025-01-01');
"""
#: What may happen, the file of the guard against it, its text, and what stands there
#: when it is broken.
Guard = tuple[FunctionType, str, str, str]
NO_TESTS = ("--exclude", "resource_type:test")


@dataclass(frozen=True)
class Answer:
    """What a build found.

    Attributes:
        asked: Of each row test that ran, `table` or `log`.
        compiled: Each test that ran, as it was sent to the server.
        failed: Names of what failed.
        said: What was said on the way.
    """

    asked: dict[str, str]
    compiled: dict[str, str]
    failed: set[str]
    said: str


class Builds:
    """Builds of two models, one after the other."""

    def __init__(
        self, root: Path, database: Connection, more: Mapping[str, str] | None = None
    ) -> None:
        """Write the project, with the macros of the checkout, and its raw table.

        `more` has other files of the project, by name.
        """
        self.root = root
        self.database = database
        for name, text in (FILES | dict(more or {})).items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        for name in ("by_part", "cross_db", "rows_hold", "variables"):
            shutil.copytree(CHECKOUT / "macros" / name, root / "macros" / name)
        shutil.copytree(CHECKOUT / "tests" / "generic", root / "tests" / "generic")
        shutil.copy(CHECKOUT / "profiles.yml.example", root)
        self.sql(RAW)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as somebody else than dbt would."""
        with self.database.connect() as session:
            cursor = session.execute(trusted(statement))
            return cursor.fetchall() if cursor.description else []

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the project."""
        text = (self.root / name).read_text()
        assert old in text, (name, old)
        (self.root / name).write_text(text.replace(old, new))

    def build(self, *arguments: str, target: str = "dev", **variables: Any) -> Answer:
        """Run `dbt build`."""
        compiled = self.root / "target" / "compiled"
        shutil.rmtree(compiled, ignore_errors=True)
        said = io.StringIO()
        progress = Progress(said)
        job = DbtJob(
            Project(self.root), self.database, target=target, variables=variables
        )
        outcome = job.build(arguments, progress)
        tests = {path.stem: path.read_text() for path in compiled.rglob("*.sql")}
        return Answer(
            {
                name: "log" if "change_sign > 0" in test else "table"
                for name, test in tests.items()
                if name.startswith("rows_of_")
            },
            tests,
            {failure.name for failure in outcome.failures},
            " ".join(said.getvalue().split()),
        )

    def publish(self) -> None:
        """Forget the candidate's changes, as a publication does."""
        with self.database.connect() as session:
            forget_changes(session, "candidate")


def to_break(guards: Sequence[Guard]) -> list[ParameterSet]:
    """Return guards as parameters: two in a test run, each in `make laboratory`."""
    is_whole = os.environ.get("LABORATORY") == "whole"
    return [
        pytest.param(*guard, id=guard[0].__name__)
        for guard in guards[: None if is_whole else 2]
    ]
