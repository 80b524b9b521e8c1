"""What checks leave behind: measures, results, and what a person accepted."""

import uuid
from collections.abc import Sequence
from typing import Any

import psycopg

from streaming_analytics.publishing.builds import Build
from streaming_analytics.quality.expecting import Result
from streaming_analytics.quality.frames import Baseline
from streaming_analytics.quality.measuring import ACCOUNTS, Measures

Session = psycopg.Connection[Any]
# A baseline is the median of so many published builds: one odd build does not move it.
BUILDS_LEARNT_FROM = 7
_BUILDS_KEPT = 30
# With fewer of the accounts still there, it is another platform.
_SAME_PLATFORM = 0.5

_TABLES = """
create table if not exists audit.measurements (
    build_id text not null references audit.builds on delete cascade,
    measure text not null,
    subject text not null,
    value double precision not null,
    primary key (build_id, measure, subject)
);
comment on table audit.measurements is
    'One row per measured figure of a build; those of published builds are what the '
    'next build is compared with.';

create table if not exists audit.accepted_expectations (
    build_id text not null references audit.builds on delete cascade,
    expectation text not null,
    reason text not null,
    accepted_by text not null default session_user,
    accepted_at timestamptz not null default clock_timestamp(),
    primary key (build_id, expectation)
);
comment on table audit.accepted_expectations is
    'One row per expectation that a person let a build break, with the reason.';

create table if not exists audit.expectation_results (
    check_id text not null,
    build_id text not null references audit.builds on delete cascade,
    suite text not null,
    expectation text not null,
    level text not null check (level in ('stop', 'warn')),
    outcome text not null check (
        outcome in ('passed', 'warned', 'stopped', 'accepted', 'not compared')
    ),
    observed text[] not null,
    checked_at timestamptz not null default clock_timestamp(),
    primary key (check_id, expectation)
);
comment on table audit.expectation_results is
    'One row per check of a build and expectation, with the rows that broke it.';

create table if not exists audit.counted_rows (
    model_name text primary key,
    asked text not null,
    changed_rows bigint not null,
    published_build text,
    counts bigint[] not null
);
comment on table audit.counted_rows is
    'One row per mart that is kept between builds, with what the last check counted in '
    'it; the next one goes on from there.';
"""


def make_tables(session: Session) -> None:
    """Make the tables of checks where they are missing; audit.builds is there."""
    session.execute(_TABLES)


def read_baseline(
    session: Session, build: Build, measures: Measures
) -> tuple[Baseline, str]:
    """Return the median of each figure over the last published builds, and a note.

    Builds before one that broke an accepted expectation no longer count: what was
    accepted is what is usual from then on. Empty when nothing was published of this
    platform; the note says why.
    """
    builds = [
        row[0]
        for row in session.execute(
            """
            with published as (
                select build_id, started_at
                from audit.builds
                where status = 'published' and raw_data = %(raw_data)s
                    and build_id <> %(build_id)s
                    and build_id in (select build_id from audit.measurements)
            )
            select build_id
            from published
            where started_at >= coalesce(
                (
                    select max(started_at) from published
                    where build_id in (
                        select build_id from audit.accepted_expectations
                    )
                ),
                '-infinity'
            )
            order by started_at desc
            limit %(limit)s
            """,
            {
                "raw_data": build.raw_data,
                "build_id": build.build_id,
                "limit": BUILDS_LEARNT_FROM,
            },
        )
    ]
    if not builds:
        return {}, (
            f"no build of {build.raw_data} data was published before this one to "
            "compare with; what it measures is what the next ones are held to"
        )
    if not _is_same_platform(session, builds[0], measures):
        return {}, (
            "these are other accounts than those published before: there is nothing "
            "to compare with, and the next builds are held to this one"
        )
    baseline: dict[str, dict[str, float]] = {}
    for measure, subject, value in session.execute(
        """
        select measure, subject, percentile_cont(0.5) within group (order by value)
        from audit.measurements
        where build_id = any(%s)
        group by measure, subject
        """,
        [builds],
    ):
        baseline.setdefault(measure, {})[subject] = value
    return baseline, ""


def _is_same_platform(session: Session, build_id: str, measures: Measures) -> bool:
    before = {
        row[0]
        for row in session.execute(
            """
            select subject from audit.measurements
            where build_id = %s and measure = %s
            """,
            [build_id, ACCOUNTS],
        )
    }
    # Newer accounts may have come before them; those that remain are the same ones.
    now = {subject for subject, _ in measures.get(ACCOUNTS, [])}
    if not before or not now:
        return True
    within_reach = {one for one in before if one <= max(now)}
    return not within_reach or len(within_reach & now) >= _SAME_PLATFORM * len(
        within_reach
    )


def write_measures(session: Session, build: Build, measures: Measures) -> None:
    """Keep the figures of a build, instead of those it had; forget old builds'."""
    session.execute(
        "delete from audit.measurements where build_id = %s", [build.build_id]
    )
    with (
        session.cursor() as cursor,
        cursor.copy(
            "copy audit.measurements (build_id, measure, subject, value) from stdin"
        ) as copy,
    ):
        for measure, rows in measures.items():
            for subject, numbers in rows:
                if "value" in numbers:
                    copy.write_row((build.build_id, measure, subject, numbers["value"]))
    session.execute(
        """
        delete from audit.measurements
        where build_id not in (
            select build_id from audit.builds
            where build_id in (select build_id from audit.measurements)
            order by started_at desc limit %s
        )
        """,
        [_BUILDS_KEPT],
    )


def write_results(session: Session, build: Build, results: Sequence[Result]) -> None:
    """Record what came of a check."""
    check_id = str(uuid.uuid4())
    with session.cursor() as cursor:
        cursor.executemany(
            """
            insert into audit.expectation_results (
                check_id, build_id, suite, expectation, level, outcome, observed
            )
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    check_id,
                    build.build_id,
                    result.suite.name,
                    result.expectation.name,
                    result.expectation.level,
                    result.outcome,
                    list(result.subjects),
                )
                for result in results
            ],
        )


def accept(session: Session, build: Build, expectation: str, reason: str) -> None:
    """Record that a build may break an expectation."""
    session.execute(
        """
        insert into audit.accepted_expectations (build_id, expectation, reason)
        values (%s, %s, %s)
        on conflict (build_id, expectation) do update
        set reason = excluded.reason, accepted_by = excluded.accepted_by,
            accepted_at = excluded.accepted_at
        """,
        [build.build_id, expectation, reason],
    )


def accepted_of(session: Session, build: Build) -> frozenset[str]:
    """Return the expectations that a build may break."""
    return frozenset(
        row[0]
        for row in session.execute(
            "select expectation from audit.accepted_expectations where build_id = %s",
            [build.build_id],
        )
    )
