"""What `streaming build --from` marks as if it had changed, and what is forgotten."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from streaming_analytics.publishing.changes import forget_changes, mark_changed_since
from streaming_analytics.warehouse.connection import Connection

TABLES = """
create schema candidate_changes;
create schema kept;
create table candidate_changes.models (
    model_name text, relation_name text, fingerprint text, is_whole boolean,
    since_column text, reason text, changed_rows bigint
);
create table kept.plays (play_id text, started_at timestamp);
insert into kept.plays values
    ('before', '2025-06-01 23:59:59'), ('first', '2025-06-02'), ('after', '2025-07-01');
create table candidate_changes.plays as
select *, 1::bigint as change_sign from kept.plays where play_id = 'after';
create table kept.titles (title_id text, started_at timestamp);
insert into kept.titles values ('film', '2025-07-01');
create table candidate_changes.titles as
select *, 0::bigint as change_sign from kept.titles limit 0;
create table kept.killed (play_id text, started_at timestamp);
insert into kept.killed values ('after', '2025-07-01');
insert into candidate_changes.models values
    ('plays', 'kept.plays', 'as ever', false, 'started_at', null, 1),
    ('titles', 'kept.titles', 'as ever', false, null, null, 0),
    ('killed', 'kept.killed', '', true, 'started_at', 'its first build', 0),
    ('dropped', 'kept.dropped', 'as ever', false, 'started_at', null, 0);
"""


@pytest.fixture
def session(database: Connection) -> Iterator[psycopg.Connection]:
    with database.connect() as session:
        yield session


def test_rows_of_the_day_and_later_are_logged_beside_what_changed(
    session: psycopg.Connection,
) -> None:
    session.execute(TABLES.encode())

    assert mark_changed_since(session, "candidate", date(2025, 6, 2)) == 2

    logged = session.execute(
        "select play_id, change_sign from candidate_changes.plays order by 2, 1"
    ).fetchall()
    assert logged == [("after", 0), ("first", 0), ("after", 1)]
    counted = session.execute(
        "select model_name, changed_rows from candidate_changes.models order by 1"
    ).fetchall()
    assert counted == [("dropped", 0), ("killed", 0), ("plays", 3), ("titles", 0)]
    assert session.execute("select * from candidate_changes.titles").fetchall() == []


def test_before_any_build_there_is_nothing_to_mark(
    session: psycopg.Connection,
) -> None:
    assert mark_changed_since(session, "candidate", date(2025, 6, 2)) == 0


def test_rules_are_known_no_more_where_rows_came_after_their_test(
    session: psycopg.Connection,
) -> None:
    session.execute(TABLES.encode())
    # The columns of this version.
    forget_changes(session, "candidate")
    session.execute(
        """
        update candidate_changes.models as models
        set
            rules_held = 'known',
            changed_rows = known.changed_rows,
            changed_rows_when_held = known.changed_rows_when_held
        from (
            values ('plays', 3, 2), ('titles', 2, 2), ('killed', 0, 0)
        ) as known (model_name, changed_rows, changed_rows_when_held)
        where known.model_name = models.model_name
        """
    )

    forget_changes(session, "candidate")

    assert session.execute(
        """
        select model_name, rules_held, changed_rows, changed_rows_when_held
        from candidate_changes.models where model_name <> 'dropped' order by 1
        """
    ).fetchall() == [
        ("killed", "known", 0, 0),
        ("plays", None, 0, 0),
        ("titles", "known", 0, 0),
    ]


def test_a_test_of_sums_is_known_no_more_where_rows_came_after_it(
    session: psycopg.Connection,
) -> None:
    session.execute(TABLES.encode())
    session.execute(
        """
        create table candidate_changes.passed_tests (
            test_name text, model_name text, asked text, changed_rows bigint
        );
        update candidate_changes.models set changed_rows = 3 where model_name = 'plays';
        insert into candidate_changes.passed_tests values
            ('before', 'plays', 'this text of plays', 2),
            ('before', 'titles', 'this text of titles', 0),
            ('after', 'plays', 'that text of plays', 3);
        """
    )

    forget_changes(session, "candidate")

    assert session.execute(
        """
        select test_name, model_name, asked, changed_rows
        from candidate_changes.passed_tests order by 1, 2
        """
    ).fetchall() == [
        ("after", "plays", "that text of plays", 0),
        ("before", "titles", "this text of titles", 0),
    ]
