"""Wrong together, plausible one by one: what the checks stop before publishing."""

import io
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_sample import Built, copied
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.jobs.check import CheckReport, check, check_build
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import (
    begin_build,
    finish_build,
    newest_build,
)
from streaming_analytics.quality.expecting import Result, hold, load_library
from streaming_analytics.quality.frames import FRAMES, Baseline
from streaming_analytics.quality.measuring import Measures, Session, measure
from streaming_analytics.quality.suites import read_suites
from streaming_analytics.side_process import SideProcess
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted

TARGET = "candidate"
# What the checks add up is built from what a fault changes.
SUMS = ("int_plays_by_day", "stg_streaming_app__viewing_arrivals")
VIEWING = "candidate_mart_core.fct_viewing"


def results(measures: Measures, baseline: Baseline) -> list[Result]:
    suites = [
        (suite, FRAMES[suite.frame](measures, baseline, suite.measures))
        for suite in read_suites()
    ]
    return [
        result
        for checked in hold(suites, frozenset(), is_first=not baseline)
        for result in checked.results
    ]


def usual(measures: Measures) -> Baseline:
    return {
        name: {subject: numbers["value"] for subject, numbers in rows}
        for name, rows in measures.items()
        if rows and "value" in rows[0][1]
    }


def with_outcome(found: list[Result], *outcomes: str) -> dict[str, tuple[str, ...]]:
    return {r.expectation.name: r.subjects for r in found if r.outcome in outcomes}


@pytest.fixture(scope="module")
def candidate(built: Built) -> Iterator[Connection]:
    """Yield the sample as `streaming build` leaves it before it publishes."""
    with copied(built.connection, "checked") as connection:
        with connection.connect() as session:
            for (schema,) in session.execute(
                "select nspname from pg_namespace where nspname like 'dev\\_%'"
            ).fetchall():
                session.execute(
                    sql.SQL("alter schema {} rename to {}").format(
                        sql.Identifier(schema),
                        sql.Identifier(f"{TARGET}_{schema.removeprefix('dev_')}"),
                    )
                )
        yield connection


def build_sums(session: Session, built: Built) -> None:
    """Build again what the checks add up, as dbt does after a change."""
    for name in SUMS:
        node = built.manifest["nodes"][f"model.streaming_analytics.{name}"]
        place = re.compile(r'"[^"]+"."dev_')
        table = place.sub('"candidate_', node["relation_name"])
        session.execute(trusted(f"delete from {table}"))
        query = place.sub('"candidate_', node["compiled_code"])
        session.execute(trusted(f"insert into {table} {query}"))


@pytest.fixture(scope="module")
def clean(candidate: Connection) -> Measures:
    with candidate.connect() as session:
        return measure(session, TARGET)


@pytest.fixture
def session(candidate: Connection) -> Iterator[Session]:
    """Yield a session whose changes nobody sees."""
    with candidate.connect() as session:
        yield session
        session.rollback()


def test_clean_data_are_let_through_without_a_word(clean: Measures) -> None:
    first = results(clean, {})
    assert not with_outcome(first, "stopped", "warned")
    assert "no_mix_has_turned_over" in with_outcome(first, "not compared")
    assert not with_outcome(results(clean, usual(clean)), "stopped", "warned")


FAULTS = {
    "51 volume drop": (
        f"delete from {VIEWING} where hashtext(play_id) & 7 < 5",
        "known_days_keep_their_plays",
        "days published before",
    ),
    "51 volume drop of the last day": (
        f"""
        delete from {VIEWING}
        where viewed_date = (select max(viewed_date) from {VIEWING})
        -- Of 17 sittings on a Wednesday a quarter may be chance, a sixteenth is not.
        and hashtext(play_id) & 15 < 15
        """,
        "no_day_has_lost_half_of_its_plays",
        "2025-12-31",
    ),
    "52 volume spike": (
        f"""
        create temp table again on commit drop as
        select {VIEWING}.*, copy
        from {VIEWING}, (values ('x'), ('y'), ('z')) as copies (copy);
        update again set play_id = play_id || copy;
        alter table again drop column copy;
        insert into {VIEWING} select * from again
        """,
        "known_days_keep_their_plays",
        "days published before",
    ),
    "53 device mix drift": (
        f"update {VIEWING} set device_code = 'tablet' where hashtext(play_id) & 1 = 1",
        "no_mix_has_turned_over",
        "devices",
    ),
    "54 unit change": (
        f"update {VIEWING} set watched_seconds = watched_seconds / 60",
        "quantiles_have_not_changed_their_unit",
        "watched seconds",
    ),
    "55 bot": (
        """
        update candidate_mart_core.fct_viewing
        set is_bot = true where hashtext(user_id) & 31 = 1
        """,
        "machines_watch_next_to_nothing",
        "share of watched time",
    ),
    "58 e-mail in a title": (
        """
        update candidate_mart_core.dim_content
        set title = 'Mail me: ada.love@example.com' where content_id = 'c1'
        """,
        "no_mart_holds_addresses_or_phone_numbers",
        "mart_core.dim_content.title, e-mail",
    ),
    "58 phone number in a title": (
        """
        update candidate_mart_core.dim_content
        set title = 'Call +49 30 1234567' where content_id = 'c1'
        """,
        "no_mart_holds_addresses_or_phone_numbers",
        "mart_core.dim_content.title, phone",
    ),
    "59 stale source": (
        """
        delete from candidate_staging.stg_streaming_app__viewing
        where loaded_at > (
            -- In a sample this small one day without plays would be chance.
            select max(loaded_at) - interval '71 hours'
            from candidate_staging.stg_streaming_app__viewing
        )
        """,
        "no_table_is_a_day_behind",
        "viewing",
    ),
    "an empty mart": (
        f"delete from {VIEWING}",
        "no_mart_that_had_rows_is_empty",
        "mart_core.fct_viewing",
    ),
    "a column that lost its values": (
        f"update {VIEWING} set episode_id = null",
        "no_column_has_lost_its_values",
        "mart_core.fct_viewing.episode_id",
    ),
    "plays lost on the way": (
        f"delete from {VIEWING} where ctid = (select min(ctid) from {VIEWING})",
        "marts_hold_what_was_accepted",
        "plays in fct_viewing",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_stopped(
    fault: str, session: Session, clean: Measures, built: Built
) -> None:
    change, expectation, subject = FAULTS[fault]
    session.execute(trusted(change))
    build_sums(session, built)
    stopped = with_outcome(results(measure(session, TARGET), usual(clean)), "stopped")
    assert any(subject in one for one in stopped[expectation])


def test_a_build_without_the_sums_of_its_plays_is_refused(session: Session) -> None:
    """As of before there were these: most measures of plays would be left out."""
    session.execute("drop table candidate_intermediate.int_plays_by_day cascade")
    with pytest.raises(UserError, match=r"not int_plays_by_day, .* streaming build$"):
        measure(session, TARGET)


def quiet() -> Progress:
    return Progress(io.StringIO())


def checked(candidate: Connection, folder: Path) -> CheckReport:
    """Check a build and, when nothing stops it, take it as published."""
    record = begin_build(candidate, "sample", "test")
    with SideProcess(load_library) as side:
        report = check_build(side, candidate, Project(folder), record, quiet())
    failed = report.failed_names
    status = "failed" if failed else "published"
    finish_build(candidate, record, status, failed_tests=failed)
    return report


def end_itself(_: Progress) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_check_that_was_killed_can_be_made_up_for(
    candidate: Connection, tmp_path: Path
) -> None:
    record = begin_build(candidate, "sample", "test")
    with SideProcess() as side:
        side.begin(end_itself)
        with pytest.raises(UserError, match=r"was killed, .* run: streaming check"):
            check_build(side, candidate, Project(tmp_path), record, quiet())
    finish_build(candidate, record, "failed", failed_tests=["did not finish"])


def test_a_baseline_is_learnt_and_what_a_person_accepts_is_usual_from_then_on(
    candidate: Connection, tmp_path: Path, built: Built
) -> None:
    first = checked(candidate, tmp_path)
    assert "no build of sample data was published before this one" in first.note
    second = checked(candidate, tmp_path)
    assert not second.note
    assert not second.with_outcome("stopped", "warned", "accepted")

    with candidate.connect() as session:
        session.execute(
            trusted(
                f"update {VIEWING} set device_code = 'tablet'"
                " where hashtext(play_id) & 1 = 1"
            )
        )
        build_sums(session, built)
    third = checked(candidate, tmp_path)
    assert third.failed_names == ["expectation no_mix_has_turned_over"]
    with pytest.raises(UserError, match=r"devices 0\.\d+.*--accept no_mix_has_turned"):
        third.require_passed()

    selection = Selection(candidate, False, ())
    with pytest.raises(UserError, match="there is no expectation nonsense"):
        check(Project(tmp_path), selection, [("nonsense", "why")], quiet())
    name = "no_mix_has_turned_over"
    accepted = check(Project(tmp_path), selection, [(name, "given away")], quiet())
    assert [r.expectation.name for r in accepted.with_outcome("accepted")] == [name]
    build = newest_build(candidate)
    assert (build.status, build.failed_tests) == ("passed", ())

    finish_build(candidate, build, "published")
    assert not checked(candidate, tmp_path).with_outcome("stopped", "accepted")
    with candidate.connect() as session:
        assert session.execute(
            "select expectation, reason from audit.accepted_expectations"
        ).fetchall() == [(name, "given away")]
        assert session.execute(
            """
            select outcome from audit.expectation_results
            where expectation = %s order by checked_at
            """,
            [name],
        ).fetchall() == [
            (outcome,)
            for outcome in ("not compared", "passed", "stopped", "accepted", "passed")
        ]


def test_another_platform_is_not_held_to_the_one_before(
    candidate: Connection, tmp_path: Path
) -> None:
    checked(candidate, tmp_path)
    with candidate.connect() as session:
        session.execute(
            """
            update candidate_mart_core.dim_users
            set signup_date = signup_date + 1
            where signup_date < (
                select max(date_day) from candidate_mart_core.dim_dates
            )
            """
        )
    assert "other accounts" in checked(candidate, tmp_path).note


def test_data_docs_ask_nobody_for_anything(
    candidate: Connection, tmp_path: Path
) -> None:
    report = checked(candidate, tmp_path)
    pages = {page.name: page for page in report.page.parent.glob("*.html")}
    assert {"index.html", "personal_data.html", "volume.html"} <= set(pages)
    for page in pages.values():
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?\s*(https?:)?//""", text)
        assert "<script" not in text
