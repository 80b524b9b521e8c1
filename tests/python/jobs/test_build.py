import io
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

from streaming_analytics.cli import main
from streaming_analytics.errors import UserError
from streaming_analytics.jobs import build as job
from streaming_analytics.jobs import build_models
from streaming_analytics.jobs.build import BuildReport, build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.models.training import Training
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.catalogue import TableName
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

CHECKOUT = Path(__file__).resolve().parents[3]
USERS = TableName("mart_core", "dim_users")

#: Where `rows_hold` has its macros.
MACROS_OF_RULES = ("by_part", "cross_db", "rows_hold")

FILES = {
    "dbt_project.yml": """
name: streaming_analytics
version: 1.0.0
profile: streaming_analytics
models:
  +schema: mart_core
  +materialized: table
""",
    "models/as_of.sql": """
{{ config(alias='util_as_of_date', schema='intermediate') }}
select cast('2025-12-31' as date) as as_of_date
""",
    "models/dim_users.sql": """
select cast('ana' as text) as user_id, 2 as plays
""",
    "models/dim_users.yml": """
models:
  - name: dim_users
    description: One row per user.
    config: {contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [user_id]}]
    columns:
      - {name: user_id, data_type: string, data_tests: [unique]}
      - {name: plays, data_type: integer}
""",
    "tests/assert_plays_are_positive.sql": """
select * from {{ ref('dim_users') }} where plays <= 0
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project of one mart, with the real profile."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    shutil.copy(CHECKOUT / "profiles.yml.example", tmp_path)
    return Project(tmp_path)


def run_build(
    project: Project,
    database: Connection,
    *,
    target: str = "candidate",
    select: tuple[str, ...] = (),
    trains: bool = False,
    as_of: date | None = None,
) -> tuple[BuildReport, str]:
    """Return the report and what was said on the way."""
    said = io.StringIO()
    request = BuildRequest(
        "sample", target, select, threads=2, trains=trains, as_of=as_of
    )
    # Not the embedded one: its role for BI tools is the whole server's.
    selection = Selection(database, False, ())
    try:
        return build(project, selection, request, Progress(said)), said.getvalue()
    except UserError as error:
        error.add_note(said.getvalue())
        raise


def explain_failed_tests_of(project: Project) -> None:
    for name in ("tests/generic", *(f"macros/{m}" for m in MACROS_OF_RULES)):
        shutil.copytree(CHECKOUT / name, project.root / name)
    settings = project.root / "dbt_project.yml"
    settings.write_text(
        settings.read_text() + 'on-run-end: "{{ explain_failed_tests(results) }}"\n'
    )


def rows_of(database: Connection, query: str) -> list[tuple]:
    with database.connect() as session:
        return session.execute(trusted(query)).fetchall()


def break_the_test(project: Project) -> None:
    model = project.root / "models" / "dim_users.sql"
    model.write_text(model.read_text().replace("2 as plays", "0 as plays"))


def test_green_is_published_and_red_leaves_it_alone(
    project: Project, database: Connection
) -> None:
    try:
        report, _ = run_build(project, database)
        assert report.publication is not None
        assert report.publication.tables[USERS].rows == 1
        rendered = {one.what: one.path for one in report.rendered}
        # A project of one mart: the page names those it would show.
        assert "Missing: agg_" in rendered["dashboard"].read_text()
        assert rendered["report"].read_bytes().startswith(b"%PDF")
        assert rows_of(
            database, "select raw_data, as_of_date::text from audit.build_info"
        ) == [("sample", "2025-12-31")]

        break_the_test(project)
        with pytest.raises(UserError, match="assert_plays_are_positive") as error:
            run_build(project, database)
        (said,) = error.value.__notes__
        assert "ERROR assert_plays_are_positive: Got 1 result" in said

        assert rows_of(database, "select plays from mart_core.dim_users") == [(2,)]
        assert rows_of(
            database,
            "select status, failed_tests from audit.builds order by started_at",
        ) == [
            ("published", []),
            ("failed", ["assert_plays_are_positive"]),
        ]
    finally:
        with database.connect() as session:
            session.execute("drop owned by bi_reader; drop role bi_reader")


def test_a_model_that_left_the_project_is_published_no_longer(
    project: Project, database: Connection
) -> None:
    try:
        run_build(project, database)
        (project.root / "tests" / "assert_plays_are_positive.sql").unlink()
        for path in (project.root / "models").glob("dim_users.*"):
            text = path.read_text().replace("dim_users", "dim_accounts")
            path.with_stem("dim_accounts").write_text(text)
            path.unlink()
        with database.connect() as session:
            session.execute(
                "create view candidate_mart_core.old_users as "
                "select * from candidate_mart_core.dim_users"
            )

        report, said = run_build(project, database)

        assert report.publication is not None
        assert report.publication.dropped == (USERS,)
        assert list(report.publication.tables) == [
            TableName("mart_core", "dim_accounts")
        ]
        assert "candidate_mart_core.dim_users is dropped" in said
        assert rows_of(database, "select to_regclass('mart_core.dim_users')") == [
            (None,)
        ]
    finally:
        with database.connect() as session:
            session.execute("drop owned by bi_reader; drop role bi_reader")


def test_a_warning_is_told_counted_and_published(
    project: Project, database: Connection
) -> None:
    warning = "{{ config(severity='warn') }} select * from {{ ref('dim_users') }}"
    (project.root / "tests" / "assert_nobody_plays.sql").write_text(warning)
    try:
        report, _ = run_build(project, database)
        told = "assert_nobody_plays: Got 1 result, configured to warn if != 0"
        assert report.warnings == (told,)
        assert rows_of(database, "select status, warnings from audit.builds") == [
            ("published", [told])
        ]
        (page,) = [one.path for one in report.rendered if one.what == "dashboard"]
        footer = page.read_text().partition("<footer>")[2].partition("</footer>")[0]
        assert "gave a warning" in footer
        assert "assert_nobody_plays: Got 1 result" in footer
    finally:
        with database.connect() as session:
            session.execute("drop owned by bi_reader; drop role bi_reader")


def test_a_warning_is_told_in_the_words_of_its_test_and_with_rows(
    project: Project, database: Connection
) -> None:
    warning = "{{ config(severity='warn') }} select * from {{ ref('dim_users') }}"
    (project.root / "tests" / "assert_nobody_plays.sql").write_text(warning)
    (project.root / "tests" / "words.yml").write_text(
        "data_tests: [{name: assert_nobody_plays, description: Somebody plays. Ask.}]"
    )
    explain_failed_tests_of(project)
    report, said = run_build(project, database, target="dev")
    assert report.warnings == ("assert_nobody_plays: Somebody plays. Ask. (found: 1)",)
    assert "assert_nobody_plays found user_id ana, plays 2" in said


def test_a_part_that_reads_what_is_not_built_says_what_to_select(
    project: Project, database: Connection
) -> None:
    model = project.root / "models" / "int_users.sql"
    model.write_text("select * from {{ ref('dim_users') }}")
    with pytest.raises(UserError, match=r"with --select \+int_users"):
        run_build(project, database, target="dev", select=("int_users",))
    run_build(project, database, target="dev", select=("+int_users",))


KEPT = """
{{ config(kept=true) }}
select cast('ana' as text) as user_id, 2 as plays
"""
FITTED = """
{{ config(part=['user_id']) }}
select user_id from {{ ref('dim_users') }}
where not exists (select model_name from {{ source('ml', 'runs') }})
"""


def test_what_two_runs_of_dbt_built_is_forgotten_after_both(
    project: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    explain_failed_tests_of(project)
    settings = project.root / "dbt_project.yml"
    settings.write_text(
        settings.read_text() + 'on-run-start: "{{ make_change_tables() }}"\n'
        "vars: {whole_rebuild_percent: 40}\n"
    )
    for name, text in {
        "models/dim_users.sql": KEPT,
        "models/int_fitted.sql": FITTED,
        "models/ml.yml": "sources: [{name: ml, tables: [{name: runs}]}]",
    }.items():
        (project.root / name).write_text(text)
    with database.connect() as session:
        session.execute("create schema ml; create table ml.runs (model_name text)")
    monkeypatch.setattr(build_models, "_train", lambda *_: [])

    run_build(project, database, target="dev", trains=True)
    built = rows_of(database, "select model_name, is_whole from dev_changes.models")
    assert sorted(built) == [("dim_users", False), ("int_fitted", False)]


def test_a_broken_rule_is_told_with_its_rows(
    project: Project, database: Connection
) -> None:
    explain_failed_tests_of(project)
    contract = project.root / "models" / "dim_users.yml"
    contract.write_text(
        contract.read_text().replace(
            "    columns:",
            "    data_tests:\n"
            "      - rows_hold:\n"
            "          name: rows_of_dim_users\n"
            "          arguments: {rules: {plays_are_odd: plays % 2 = 1}}\n"
            "    columns:",
        )
    )
    with pytest.raises(UserError, match="rows_of_dim_users") as error:
        run_build(project, database, target="dev")
    (said,) = error.value.__notes__
    assert "dim_users breaks plays_are_odd in 1 row, such as ana" in said


def test_unit_tests_are_left_to_dbt(project: Project, database: Connection) -> None:
    models = project.root / "models"
    (models / "fct_plays.sql").write_text("select plays from {{ ref('dim_users') }}")
    (models / "fct_plays.yml").write_text("""
unit_tests:
  - name: a_unit_test_that_fails
    model: fct_plays
    given: [{input: ref('dim_users'), rows: [{plays: 2}]}]
    expect: {rows: [{plays: 3}]}
""")
    report, _ = run_build(project, database, target="dev")
    assert not report.outcome.failures


def add_a_model_that_scores(project: Project, database: Connection) -> None:
    (project.root / "models" / "ml.yml").write_text(
        "sources: [{name: ml, tables: [{name: runs}]}]"
    )
    (project.root / "models" / "scored.sql").write_text(
        "select count(*) as runs from {{ source('ml', 'runs') }}"
    )
    with database.connect() as session:
        session.execute("create schema ml; create table ml.runs (run_id integer)")


def test_models_are_fitted_between_what_they_learn_from_and_what_scores(
    project: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_a_model_that_scores(project, database)
    there_before = []

    def fit(*_: object) -> list[Training]:
        there_before.extend(
            rows_of(
                database,
                "select to_regclass('ci_mart_core.dim_users') is not null, "
                "to_regclass('ci_mart_core.scored') is not null",
            )
        )
        with database.connect() as session:
            session.execute("insert into ml.runs values (1)")
        return [Training("churn", None, "nobody left", 0.1)]

    monkeypatch.setattr(build_models, "train", fit)
    report, said = run_build(project, database, target="ci", trains=True)

    assert there_before == [(True, False)]
    assert rows_of(database, "select runs from ci_mart_core.scored") == [(1,)]
    # Three models once each, in two runs of dbt.
    assert report.outcome.counts["success"] == 3
    assert "churn was not trained: nobody left" in said


def test_nothing_is_fitted_on_models_that_failed(
    project: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_a_model_that_scores(project, database)
    break_the_test(project)
    monkeypatch.setattr(build_models, "train", lambda *_: pytest.fail("was fitted"))

    with pytest.raises(UserError, match="assert_plays_are_positive"):
        run_build(project, database, target="ci", trains=True)

    assert rows_of(database, "select to_regclass('ci_mart_core.scored')") == [(None,)]


def test_a_part_of_the_models_is_built_and_not_published(
    project: Project, database: Connection
) -> None:
    report, _ = run_build(project, database, select=("dim_users",))

    assert report.publication is None
    assert rows_of(database, "select status from audit.builds") == [("partial",)]
    assert rows_of(database, "select to_regclass('mart_core.dim_users')") == [(None,)]


def test_a_selector_that_matches_nothing_is_refused_before_anything_is_built(
    project: Project, database: Connection
) -> None:
    with pytest.raises(
        UserError, match=r"--select dim_usres matches nothing .*is it dim_users\?"
    ):
        run_build(project, database, select=("dim_users", "dim_usres"))

    assert rows_of(database, "select to_regnamespace('candidate_mart_core')") == [
        (None,)
    ]


def test_several_selectors_are_taken_as_in_dbt() -> None:
    taken = CliRunner().invoke(main, ["build", "--select", "a", "b", "--scale", "tiny"])
    refused = CliRunner().invoke(main, ["build", "b"])

    # Nothing is built here: it is the scale that there is not.
    assert "'tiny' is not one of" in taken.output
    assert "unexpected extra argument (b)" in refused.output


def test_the_day_that_counts_as_today_can_be_named(
    project: Project, database: Connection
) -> None:
    model = project.root / "models" / "dim_users.sql"
    model.write_text('select \'{{ var("as_of_date", "") }}\' as user_id, 2 as plays')

    named, _ = run_build(project, database, target="dev", as_of=date(2025, 6, 30))
    last, _ = run_build(project, database, target="dev", select=("as_of",))

    assert named.as_of_date == date(2025, 6, 30)
    assert last.as_of_date == date(2025, 12, 31)
    assert rows_of(database, "select user_id from dev_mart_core.dim_users") == [
        ("2025-06-30",)
    ]


def test_a_model_that_does_not_parse_fails_the_build_in_one_line(
    project: Project, database: Connection
) -> None:
    (project.root / "models" / "broken.sql").write_text("select {{ ref('nowhere') }}")

    with pytest.raises(
        UserError, match=r"dbt cannot read the project: .*nowhere"
    ) as error:
        run_build(project, database)

    assert "\n" not in str(error.value)
    assert rows_of(database, "select status from audit.builds") == [("failed",)]


def test_a_second_build_at_the_same_time_is_refused(
    project: Project, database: Connection
) -> None:
    with (
        work_lock(database, "build"),
        pytest.raises(UserError, match="another streaming build is running"),
    ):
        run_build(project, database)


@pytest.mark.parametrize(
    "reason", [KeyboardInterrupt(), UserError("dbt did not build")]
)
def test_a_server_that_went_away_does_not_hide_why_a_build_ended(
    project: Project,
    database: Connection,
    monkeypatch: pytest.MonkeyPatch,
    reason: BaseException,
) -> None:
    monkeypatch.setattr(job, "build_models", Mock(side_effect=reason))
    gone = UserError("cannot connect to PostgreSQL; check PGHOST")
    monkeypatch.setattr(job, "finish_build", Mock(side_effect=gone))

    with pytest.raises(type(reason)) as ended:
        run_build(project, database)
    assert ended.value is reason


def test_an_interrupted_build_ends_its_query_and_is_recorded(
    project: Project, database: Connection
) -> None:
    (project.root / "models" / "slow.sql").write_text(
        "select cast('x' as text) as id, pg_sleep(60)::text as slept"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "streaming_analytics", "build", "--no-train"],
        cwd=project.root,
        env=os.environ | database.environment(),
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore SIGINT, and their children would.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    sleeping = (
        "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' "
        "and state = 'active' and pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 60
    while rows_of(database, sleeping) == [(0,)]:
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)

    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)

    assert running.returncode == 130
    assert "interrupted" in said
    assert "ERROR" not in said
    assert "Traceback" not in said
    assert rows_of(database, sleeping) == [(0,)]
    assert rows_of(database, "select status, failed_tests from audit.builds") == [
        ("failed", ["interrupted"])
    ]
