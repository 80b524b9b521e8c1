import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from candidates import (
    CHANGE_LOGS,
    NO_READER,
    PLAYS,
    USERS,
    assert_published_equals_candidate,
    publish_green,
    rows_of,
    run,
)

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.publishing import publisher
from streaming_analytics.publishing import rows as rows_module
from streaming_analytics.publishing.builds import Status, begin_build, finish_build
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.publishing.rows import RowChanges
from streaming_analytics.publishing.shape import Pair
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import Reader, ensure_reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock


@pytest.fixture
def reader(candidate: Connection, tmp_path: Path) -> Iterator[Reader]:
    yield ensure_reader(Selection(candidate, True, ()), tmp_path)
    run(candidate, "drop owned by bi_reader; drop role bi_reader")


def assert_nothing_changes(connection: Connection, match: str) -> None:
    """Publish, expect the error, and compare every published row with before."""
    query = (
        "select user_id, plan, hours::text from mart_core.dim_users union all "
        "select play_id, user_id, build::text from mart_core.fct_plays order by 1"
    )
    before = rows_of(connection, query)
    builds = rows_of(connection, "select build_id from audit.build_info")
    with pytest.raises(UserError, match=match) as error:
        publish_green(connection)
    assert "\n" not in str(error.value)
    assert "nothing was published" in str(error.value)
    assert rows_of(connection, query) == before
    assert rows_of(connection, "select build_id from audit.build_info") == builds


def test_the_first_publication_makes_everything(candidate: Connection) -> None:
    publication = publish_green(candidate)

    assert_published_equals_candidate(candidate)
    assert publication.tables[USERS].inserted == 3
    assert publication.tables[PLAYS].rows == 2
    assert rows_of(
        candidate,
        "select pg_get_constraintdef(oid) from pg_constraint "
        "where conrelid::regclass::text like 'mart_core.%' and contype in ('p','f','c')"
        "order by 1",
    ) == [
        ("CHECK ((plan <> ''::text))",),
        (
            "FOREIGN KEY (user_id) REFERENCES mart_core.dim_users(user_id) "
            "DEFERRABLE INITIALLY DEFERRED",
        ),
        ("PRIMARY KEY (play_id)",),
        ("PRIMARY KEY (user_id)",),
    ]
    assert rows_of(
        candidate,
        "select obj_description('mart_core.dim_users'::regclass), "
        "col_description('mart_core.dim_users'::regclass, 3)",
    ) == [("One row per user.", "Hours it's watched.")]
    assert rows_of(
        candidate,
        "select indexdef from pg_indexes where indexname like '%_idx'"
        " and schemaname = 'mart_core'",
    ) == [
        (
            "CREATE INDEX fct_plays_user_id_idx ON mart_core.fct_plays "
            "USING btree (user_id)",
        )
    ]


def test_only_what_differs_is_written(candidate: Connection) -> None:
    publish_green(candidate)
    places = "select user_id, ctid, xmin from mart_core.dim_users order by 1"
    before = rows_of(candidate, places)
    run(
        candidate,
        """
        update candidate_mart_core.dim_users set hours = 2 where user_id = 'bob';
        delete from candidate_mart_core.dim_users where user_id = 'cem';
        insert into candidate_mart_core.dim_users values ('dee', 'ads', null);
        """,
    )

    change = publish_green(candidate).tables[USERS]

    assert (change.rows, change.inserted, change.updated, change.deleted) == (
        3,
        1,
        1,
        1,
    )
    assert_published_equals_candidate(candidate)
    assert rows_of(candidate, places)[0] == before[0]


def test_publishing_equal_rows_writes_none(candidate: Connection) -> None:
    publish_green(candidate)

    publication = publish_green(candidate)

    assert not any(change.any for change in publication.tables.values())


def test_only_rows_that_a_log_names_are_read(candidate: Connection) -> None:
    """What is in no log is taken as it was; a failed publication forgets nothing."""
    publish_green(candidate)
    run(
        candidate,
        CHANGE_LOGS
        + """
        update candidate_changes.models set changed_rows = 3
        where model_name = 'dim_users';
        insert into candidate_changes.dim_users
        select *, -1 as change_sign from candidate_mart_core.dim_users
        where user_id in ('bob', 'cem');
        insert into candidate_changes.dim_users values ('dee', 'ads', null, 1);
        update candidate_mart_core.dim_users set hours = 2;
        delete from candidate_mart_core.dim_users where user_id = 'cem';
        insert into candidate_mart_core.dim_users values ('dee', 'ads', null);
        """,
    )
    log = "select count(*) from candidate_changes.dim_users"
    run(
        candidate,
        """
        update candidate_changes.models set is_whole = true
        where model_name = 'fct_plays';
        alter table candidate_mart_core.fct_plays
            drop constraint fct_plays_user_id_fkey;
        insert into candidate_mart_core.fct_plays values ('p3', 'nobody', 1);
        """,
    )
    assert_nothing_changes(candidate, "nobody")
    assert rows_of(candidate, log) == [(3,)]
    run(
        candidate,
        """
        update candidate_changes.models set is_whole = false;
        delete from candidate_mart_core.fct_plays where play_id = 'p3';
        """,
    )

    tables = publish_green(candidate).tables

    users = tables[USERS]
    assert (users.rows, users.inserted, users.updated, users.deleted) == (3, 1, 1, 1)
    assert not tables[PLAYS].any
    assert rows_of(candidate, log) == [(0,)]
    assert rows_of(
        candidate, "select user_id from mart_core.dim_users where hours = 2 order by 1"
    ) == [("bob",)]

    run(candidate, "update candidate_changes.models set is_whole = true")
    publish_green(candidate)
    assert_published_equals_candidate(candidate)


def test_rows_of_a_key_of_two_columns_are_found_by_their_log(
    candidate: Connection,
) -> None:
    pairs = "candidate_mart_core.fct_pairs"
    run(
        candidate,
        f"""
        create table {pairs} (a integer, b integer, n integer, primary key (a, b));
        insert into {pairs} values (1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1);
        """,
    )
    publish_green(candidate)
    run(
        candidate,
        f"""
        {CHANGE_LOGS}
        insert into candidate_changes.models values
            ('fct_pairs', '{pairs}', 'as ever', false, null, 5);
        create table candidate_changes.fct_pairs as
        select *, 0 as change_sign from {pairs} limit 0;
        insert into candidate_changes.fct_pairs values
            (1, 2, 1, -1), (1, 2, 7, 1), (2, 1, 1, -1), (3, 1, 8, 1), (3, 1, 8, 0);
        delete from {pairs} where a = 2 and b = 1;
        insert into {pairs} values (3, 1, 8);
        update {pairs} set n = 7 where b = 2;
        """,
    )

    change = publish_green(candidate).tables[replace(PLAYS, table="fct_pairs")]

    assert (change.inserted, change.updated, change.deleted) == (1, 1, 1)
    published = "select a, b, n from mart_core.fct_pairs order by 1, 2"
    # Nothing is known of (2, 2), which is in no log.
    assert rows_of(candidate, published) == [(1, 1, 1), (1, 2, 7), (2, 2, 1), (3, 1, 8)]


def test_the_build_is_recorded(candidate: Connection) -> None:
    publication = publish_green(candidate)

    (row,) = rows_of(
        candidate,
        "select build_id, raw_data, code_version, as_of_date, tables, rows, "
        "rows_inserted, rows_updated, rows_deleted, published_at is not null "
        "from audit.build_info",
    )
    assert row == (
        publication.build.build_id,
        "sample",
        "abc123",
        date(2025, 12, 31),
        2,
        5,
        5,
        0,
        0,
        True,
    )


def test_a_published_build_is_not_published_again(candidate: Connection) -> None:
    publish_green(candidate)

    with work_lock(candidate, "publish") as lock:
        assert publish(lock, NO_READER, Progress(io.StringIO())) is None


@pytest.mark.parametrize("status", ["failed", "partial", "running"])
def test_a_candidate_that_is_not_green_is_refused(
    candidate: Connection, status: Status
) -> None:
    publish_green(candidate)
    run(candidate, "delete from candidate_mart_core.fct_plays")
    build = begin_build(candidate, "sample", "abc123")
    if status != "running":
        finish_build(candidate, build, status, failed_tests=["assert_something"])

    with (
        pytest.raises(UserError, match="streaming build"),
        work_lock(candidate, "publish") as lock,
    ):
        publish(lock, NO_READER, Progress(io.StringIO()))

    assert rows_of(candidate, "select count(*) from mart_core.fct_plays") == [(2,)]


def test_a_killed_build_counts_as_failed(candidate: Connection) -> None:
    killed = begin_build(candidate, "sample", "abc123")
    begin_build(candidate, "sample", "abc123")

    assert rows_of(
        candidate,
        f"select status from audit.builds where build_id = '{killed.build_id}'",
    ) == [("failed",)]


def test_without_a_build_there_is_nothing_to_publish(candidate: Connection) -> None:
    with (
        pytest.raises(UserError, match="nothing was built yet"),
        work_lock(candidate, "publish") as lock,
    ):
        publish(lock, NO_READER, Progress(io.StringIO()))


def test_readers_never_see_two_builds_at_once(candidate: Connection) -> None:
    """Each build stamps its number on every play and on every user's hours."""
    run(
        candidate,
        """
        insert into candidate_mart_core.dim_users
        select 'u' || n, 'basic', 1 from generate_series(1, 500) as n;
        insert into candidate_mart_core.fct_plays
        select 'q' || n, 'u' || n, 1 from generate_series(1, 500) as n;
        update candidate_mart_core.dim_users set hours = 1;
        """,
    )
    publish_green(candidate)
    done = threading.Event()

    def read(isolation: str) -> tuple[int, set[int]]:
        reads, seen = 0, set()
        with candidate.connect(autocommit=True) as session:
            while not done.is_set():
                session.execute(trusted(f"begin isolation level {isolation}"))
                hours = session.execute(
                    "select distinct hours::integer from mart_core.dim_users"
                ).fetchall()
                builds = session.execute(
                    "select distinct build from mart_core.fct_plays"
                ).fetchall()
                session.execute("commit")
                reads += 1
                seen.update(build for (build,) in builds)
                assert len(hours) == 1
                if isolation == "repeatable read":
                    assert hours == builds
                assert session.execute(
                    "select count(distinct build::text || hours) "
                    "from mart_core.fct_plays "
                    "inner join mart_core.dim_users using (user_id)"
                ).fetchone() == (1,)
        return reads, seen

    with ThreadPoolExecutor(4) as pool:
        readers = [
            pool.submit(read, isolation)
            for isolation in ("repeatable read", "read committed")
            for _ in range(2)
        ]
        try:
            for build in range(2, 8):
                run(
                    candidate,
                    f"update candidate_mart_core.dim_users set hours = {build};"
                    f"update candidate_mart_core.fct_plays set build = {build};"
                    "delete from candidate_mart_core.fct_plays where play_id in "
                    f"('q{build}', 'new{build - 1}');"
                    "insert into candidate_mart_core.fct_plays "
                    f"values ('new{build}', 'u1', {build})",
                )
                publish_green(candidate)
        finally:
            done.set()
        results = [reader.result() for reader in readers]

    assert min(reads for reads, _ in results) >= 5
    assert len(set.union(*(seen for _, seen in results))) > 1


def test_a_reader_in_an_open_transaction_blocks_nothing_and_keeps_its_view(
    candidate: Connection,
) -> None:
    publish_green(candidate)
    with candidate.connect() as session:
        session.execute("set transaction isolation level repeatable read")
        before = session.execute("table mart_core.fct_plays order by 1").fetchall()
        run(candidate, "update candidate_mart_core.fct_plays set build = 2")

        publish_green(candidate)

        after = session.execute("table mart_core.fct_plays order by 1").fetchall()
        assert after == before
    assert_published_equals_candidate(candidate)


def test_views_grants_policies_and_own_indexes_stay(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        create view mart_core.heavy as
        select user_id from mart_core.dim_users where hours > 1;
        create index own_index on mart_core.dim_users (plan);
        grant select on mart_core.dim_users to public;
        alter table mart_core.dim_users enable row level security;
        create policy everyone on mart_core.dim_users using (true);
        comment on view mart_core.heavy is 'Theirs.';
        """,
    )
    kept = """
        select
            relacl::text, relrowsecurity,
            (select count(*) from pg_policy where polrelid = pg_class.oid),
            to_regclass('mart_core.own_index')::text,
            (select count(*) from mart_core.heavy)
        from pg_class where oid = 'mart_core.dim_users'::regclass
    """
    (before,) = rows_of(candidate, kept)
    run(candidate, "update candidate_mart_core.dim_users set hours = 9")

    publish_green(candidate)

    (after,) = rows_of(candidate, kept)
    assert after[:4] == before[:4]
    assert after[4] == 3


def test_a_foreign_key_that_fails_rolls_everything_back(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        alter table candidate_mart_core.fct_plays
            drop constraint fct_plays_user_id_fkey;
        insert into candidate_mart_core.fct_plays values ('p3', 'nobody', 2);
        update candidate_mart_core.dim_users set plan = 'premium';
        """,
    )

    assert_nothing_changes(candidate, r"fct_plays.*\(user_id\).*nobody.*dim_users")


@pytest.mark.parametrize(
    ("change", "logged", "missing"),
    [
        (
            "insert into candidate_mart_core.fct_plays values ('p3', 'nobody', 2)",
            "insert into candidate_changes.fct_plays values ('p3', 'nobody', 2, 1)",
            r"\(user_id\).*nobody",
        ),
        (
            "delete from candidate_mart_core.dim_users where user_id = 'ana'",
            "insert into candidate_changes.dim_users values ('ana', 'ads', null, -1)",
            r"\(user_id\).*ana",
        ),
    ],
    ids=["a child that came", "a parent that left"],
)
def test_a_foreign_key_holds_where_logs_say_what_changed(
    candidate: Connection, change: str, logged: str, missing: str
) -> None:
    publish_green(candidate)
    run(
        candidate,
        f"""
        {CHANGE_LOGS}
        update candidate_changes.models set changed_rows = 1;
        alter table candidate_mart_core.fct_plays
            drop constraint fct_plays_user_id_fkey;
        {change};
        {logged};
        """,
    )

    assert_nothing_changes(candidate, missing)


def test_a_value_that_a_log_has_and_the_table_no_more_need_not_be_there(
    candidate: Connection,
) -> None:
    """A build brought a play of an account that came and went before a green one."""
    publish_green(candidate)
    run(
        candidate,
        f"""
        {CHANGE_LOGS}
        update candidate_changes.models set changed_rows = 3
        where model_name = 'fct_plays';
        insert into candidate_mart_core.fct_plays values ('p3', 'ana', 2);
        insert into candidate_changes.fct_plays values
            ('p3', 'gone', 2, 1), ('p3', 'gone', 2, -1), ('p3', 'ana', 2, 1);
        """,
    )

    assert publish_green(candidate).tables[PLAYS].inserted == 1


def test_a_foreign_key_holds_where_a_published_table_was_emptied(
    candidate: Connection,
) -> None:
    """Every row comes, whatever the log of the build says."""
    publish_green(candidate)
    run(candidate, CHANGE_LOGS)
    run(
        candidate,
        """
        update candidate_changes.models set changed_rows = 1
        where model_name = 'fct_plays';
        insert into candidate_changes.fct_plays
        select *, 1 as change_sign from candidate_mart_core.fct_plays
        where play_id = 'p2';
        delete from mart_core.fct_plays;
        delete from mart_core.dim_users where user_id = 'ana';
        """,
    )

    assert_nothing_changes(candidate, r"\(user_id\).*ana")


def test_a_foreign_key_also_holds_for_who_may_not_suspend_it(
    candidate: Connection,
) -> None:
    run(
        candidate,
        """
        create role plain_publisher login password 'plain';
        grant all on database """
        + candidate.database
        + """ to plain_publisher;
        alter schema candidate_mart_core owner to plain_publisher;
        alter table candidate_mart_core.dim_users owner to plain_publisher;
        alter table candidate_mart_core.fct_plays owner to plain_publisher;
        """,
    )
    plain = candidate.with_user("plain_publisher", "plain")
    try:
        publish_green(plain)
        run(
            plain,
            """
            alter table candidate_mart_core.fct_plays
                drop constraint fct_plays_user_id_fkey;
            delete from candidate_mart_core.dim_users where user_id = 'ana';
            """,
        )
        assert_nothing_changes(plain, r"\(user_id\)=\(ana\)")
    finally:
        run(candidate, "drop owned by plain_publisher; drop role plain_publisher")


def test_a_foreign_key_of_somebody_elses_table_holds_too(
    candidate: Connection,
) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        create schema theirs;
        create table theirs.notes (
            user_id text references mart_core.dim_users (user_id)
        );
        insert into theirs.notes values ('cem'), (null);
        delete from candidate_mart_core.dim_users where user_id = 'cem';
        """,
    )

    assert_nothing_changes(candidate, r"theirs\.notes.*cem")


def test_keys_cannot_repeat_or_be_missing(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        alter table candidate_mart_core.dim_users
            drop constraint dim_users_pkey cascade;
        insert into candidate_mart_core.dim_users values ('ana', 'basic', 7);
        """,
    )

    with pytest.raises(UserError, match=r"candidate_mart_core\.dim_users has no prim"):
        publish_green(candidate)
    for key in ("'ana'", "null"):
        with pytest.raises(psycopg.IntegrityError):
            run(candidate, f"insert into mart_core.dim_users values ({key}, 'x', 1)")


def test_values_of_another_unique_key_may_be_swapped(candidate: Connection) -> None:
    run(
        candidate,
        """
        alter table candidate_mart_core.dim_users add rank integer unique;
        update candidate_mart_core.dim_users set rank = ascii(user_id);
        """,
    )
    publish_green(candidate)
    run(
        candidate,
        """
        update candidate_mart_core.dim_users set rank = null;
        update candidate_mart_core.dim_users set rank = 200 - ascii(user_id);
        update candidate_mart_core.dim_users set rank = ascii('b')
        where user_id = 'ana';
        update candidate_mart_core.dim_users set rank = ascii('a')
        where user_id = 'bob';
        """,
    )

    change = publish_green(candidate).tables[USERS]

    assert (change.inserted, change.updated, change.deleted) == (0, 3, 0)
    assert_published_equals_candidate(candidate)


def test_columns_that_come_go_and_change_type_follow(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        alter table candidate_mart_core.dim_users
            drop column plan,
            add column plays integer not null default 3,
            alter column hours type double precision,
            alter column user_id type varchar(20);
        comment on column candidate_mart_core.dim_users.plays is 'Plays.';
        alter table candidate_mart_core.fct_plays
            alter column build type text using 'build ' || build;
        """,
    )

    publish_green(candidate)

    columns = """
        select attname, format_type(atttypid, atttypmod), attnotnull
        from pg_attribute
        where attrelid = '{}.{}'::regclass and attnum > 0 and not attisdropped
        order by 1
    """
    for table in ("dim_users", "fct_plays"):
        assert rows_of(candidate, columns.format("mart_core", table)) == rows_of(
            candidate, columns.format("candidate_mart_core", table)
        )
    users = "select user_id, hours, plays from mart_core.dim_users order by 1"
    assert rows_of(candidate, users) == [
        ("ana", 1.5, 3),
        ("bob", None, 3),
        ("cem", 0.0, 3),
    ]
    assert rows_of(candidate, "select build from mart_core.fct_plays limit 1") == [
        ("build 1",)
    ]
    (count,) = rows_of(
        candidate,
        "select count(*) from pg_constraint where contype = 'f' "
        "and conrelid = 'mart_core.fct_plays'::regclass",
    )
    assert count == (1,)


def test_readers_are_shut_out_last(
    candidate: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what changes its shape, once the rows of everything else are in."""
    publish_green(candidate)
    run(
        candidate,
        "alter table candidate_mart_core.dim_users add column region text;"
        "create table candidate_mart_core.dim_plans (plan text primary key);"
        "insert into candidate_mart_core.fct_plays values ('p3', 'ana', 2)",
    )
    shut = {}

    def publish_rows(
        session: psycopg.Connection[Any], pair: Pair, *others: Any
    ) -> RowChanges:
        with candidate.connect() as onlooker:
            rows = onlooker.execute(
                """
                select relation::regclass::text
                from pg_locks
                where
                    granted
                    and mode = 'AccessExclusiveLock'
                    and relation in (
                        'mart_core.dim_users'::regclass,
                        'mart_core.fct_plays'::regclass
                    )
                """
            ).fetchall()
        shut[pair.wanted.name.table] = [name for (name,) in rows]
        return rows_module.publish_rows(session, pair, *others)

    monkeypatch.setattr(publisher, "publish_rows", publish_rows)

    publish_green(candidate)

    assert shut == {
        "fct_plays": [],
        "dim_users": ["mart_core.dim_users"],
        "dim_plans": ["mart_core.dim_users"],
    }
    assert_published_equals_candidate(candidate)


def test_a_key_that_changes_is_followed(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        alter table candidate_mart_core.fct_plays drop constraint fct_plays_pkey;
        alter table candidate_mart_core.fct_plays add primary key (user_id, build);
        update candidate_mart_core.fct_plays set play_id = 'same';
        """,
    )

    change = publish_green(candidate).tables[PLAYS]

    assert (change.rows, change.inserted, change.deleted) == (2, 2, 2)
    assert_published_equals_candidate(candidate)


def test_a_column_that_a_view_reads_is_not_dropped_from_under_it(
    candidate: Connection,
) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        create schema theirs;
        create view theirs.plans as select distinct plan from mart_core.dim_users;
        alter table candidate_mart_core.dim_users drop column plan;
        """,
    )

    assert_nothing_changes(candidate, r"view theirs\.plans depends on column plan")


def test_a_table_that_left_the_models_goes_unless_it_is_in_use(
    candidate: Connection,
) -> None:
    publish_green(candidate)
    run(
        candidate,
        """
        create table mart_core.theirs (note text);
        create view mart_core.plays as select * from mart_core.fct_plays;
        create table old_plays as table candidate_mart_core.fct_plays;
        drop table candidate_mart_core.fct_plays;
        """,
    )
    assert_nothing_changes(candidate, r"view mart_core\.plays depends on table")
    run(candidate, "drop view mart_core.plays")

    publication = publish_green(candidate)

    assert publication.dropped == (PLAYS,)
    assert rows_of(
        candidate,
        "select relname from pg_class where relkind = 'r' "
        "and relnamespace = 'mart_core'::regnamespace order by 1",
    ) == [("dim_users",), ("theirs",)]


def test_a_foreign_key_that_dbt_lost_is_kept(candidate: Connection) -> None:
    publish_green(candidate)
    run(
        candidate,
        "alter table candidate_mart_core.fct_plays "
        "drop constraint fct_plays_user_id_fkey",
    )

    publish_green(candidate)

    (count,) = rows_of(
        candidate,
        "select count(*) from pg_constraint where contype = 'f' "
        "and conrelid = 'mart_core.fct_plays'::regclass",
    )
    assert count == (1,)


def test_a_view_among_the_marts_is_named(candidate: Connection) -> None:
    run(candidate, "create view candidate_mart_core.v as select 1 as one")

    with pytest.raises(UserError, match=r"candidate_mart_core\.v is not a table"):
        publish_green(candidate)


def test_a_lock_held_by_somebody_else_is_named(
    candidate: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streaming_analytics.publishing import publisher

    publish_green(candidate)
    monkeypatch.setattr(
        publisher, "SETTINGS", publisher.SETTINGS.replace("15s", "100ms")
    )
    with candidate.connect() as session:
        session.execute("lock table mart_core.dim_users in row exclusive mode")

        assert_nothing_changes(candidate, r"mart_core\.dim_users is locked")


def test_the_bi_role_reads_published_marts_and_nothing_else(
    candidate: Connection, reader: Reader, tmp_path: Path
) -> None:
    publish_green(candidate, reader)
    run(
        candidate,
        """
        create schema raw;
        create table raw.users as select 'ana@example.org' as email;
        create schema ml;
        create table ml.weights as select 1 as weight;
        """,
    )
    assert reader.password is not None
    bi = candidate.with_user(reader.name, reader.password)

    assert rows_of(bi, "select count(*) from mart_core.dim_users") == [(3,)]
    for forbidden in (
        "select * from raw.users",
        "select * from ml.weights",
        "select * from audit.build_info",
        "select * from candidate_mart_core.dim_users",
        "set transaction read write; delete from mart_core.dim_users",
        "set transaction read write; create table mart_core.mine (a integer)",
        "set transaction read write; create table public.mine (a integer)",
        "set transaction read write; create temporary table mine (a integer)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(bi, forbidden)
    settings = rows_of(
        bi,
        "select current_setting('default_transaction_read_only'), "
        "current_setting('statement_timeout')",
    )
    assert settings == [("on", "10min")]
    assert ensure_reader(Selection(candidate, True, ()), tmp_path) == reader


def test_tables_published_later_are_readable_too(
    candidate: Connection, reader: Reader
) -> None:
    publish_green(candidate, reader)
    run(
        candidate,
        """
        create schema candidate_mart_churn;
        create table candidate_mart_churn.agg_new as select 1 as id;
        alter table candidate_mart_churn.agg_new add primary key (id);
        """,
    )
    publish_green(candidate, reader)

    assert reader.password is not None
    bi = candidate.with_user(reader.name, reader.password)
    assert rows_of(bi, "select id from mart_churn.agg_new") == [(1,)]


def test_who_may_not_create_roles_gets_a_note(
    candidate: Connection, tmp_path: Path
) -> None:
    run(
        candidate,
        "create role plain_user login password 'plain';"
        f"grant connect on database {candidate.database} to plain_user",
    )
    plain = replace(candidate, user="plain_user", password="plain")
    try:
        found = ensure_reader(Selection(plain, False, ()), tmp_path)
    finally:
        run(candidate, "drop owned by plain_user; drop role plain_user")

    assert not found.is_there
    assert found.note is not None
    assert "plain_user" in found.note
    publish_green(candidate, found)
