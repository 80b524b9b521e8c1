"""The last publications are taken back whole, and come forward again."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from candidates import (
    CHANGE_LOGS,
    NO_READER,
    assert_published_equals_candidate,
    publish_green,
    rows_of,
    run,
)

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.publishing.builds import newest_build
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.publishing.report import describe_rollback, describe_sets
from streaming_analytics.publishing.rollback import (
    Rollback,
    published_sets,
    roll_back,
)
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

EVERYTHING = """
    select user_id, plan, hours::text from mart_core.dim_users
    union all
    select play_id, user_id, build::text from mart_core.fct_plays
    order by 1
"""
KEPT = "select relname from pg_class where relnamespace = 'audit_undo'::regnamespace"
#: A row that goes, one that comes, one that changes, and a change of nothing else.
CHANGES = (
    """
    delete from candidate_mart_core.fct_plays where play_id = 'p2';
    insert into candidate_mart_core.dim_users values ('dee', 'ads', 0.1);
    update candidate_mart_core.dim_users set hours = null where user_id = 'ana';
    insert into candidate_mart_core.fct_plays values ('p3', 'dee', 2)
    """,
    "update candidate_mart_core.fct_plays set build = 3",
    """
    delete from candidate_mart_core.fct_plays;
    delete from candidate_mart_core.dim_users where user_id = 'dee';
    """,
    """
    insert into candidate_mart_core.fct_plays values ('p1', 'bob', 5);
    update candidate_mart_core.dim_users set plan = 'premium'
    """,
)


def taken_back(connection: Connection) -> Rollback:
    with work_lock(connection, "publish") as lock:
        return roll_back(lock, Progress(io.StringIO()))


def publish_again(connection: Connection) -> None:
    with work_lock(connection, "publish") as lock:
        publish(lock, NO_READER, Progress(io.StringIO()))


def test_three_sets_come_back_one_by_one_and_the_fourth_does_not(
    candidate: Connection,
) -> None:
    publish_green(candidate)
    sets = [rows_of(candidate, EVERYTHING)]
    for change in CHANGES:
        run(candidate, change)
        publish_green(candidate)
        sets.append(rows_of(candidate, EVERYTHING))
    assert len({str(rows) for rows in sets}) == len(sets)

    published = "select build_id from audit.build_info order by published_at"
    builds = rows_of(candidate, published)
    for wanted in reversed(sets[1:-1]):
        rollback = taken_back(candidate)
        assert rows_of(candidate, EVERYTHING) == wanted
        assert any(change.any for change in rollback.tables.values())
        left = builds.pop()
        assert rows_of(candidate, published) == builds
        assert rows_of(
            candidate,
            "select build_id, back_to_build_id from audit.rollbacks"
            " order by rolled_back_at desc limit 1",
        ) == [(*left, *builds[-1])]
    with pytest.raises(UserError, match="not kept any more"):
        taken_back(candidate)
    assert rows_of(candidate, KEPT) == []

    publish_again(candidate)
    assert rows_of(candidate, EVERYTHING) == sets[-1]
    assert_published_equals_candidate(candidate)
    assert newest_build(candidate).status == "published"
    taken_back(candidate)
    assert rows_of(candidate, EVERYTHING) == sets[1]


def test_what_the_logs_of_the_models_forgot_is_published_again(
    candidate: Connection,
) -> None:
    """A publication forgets the logs; one after a rollback has to compare all rows."""
    publish_green(candidate)
    run(
        candidate,
        CHANGE_LOGS
        + """
        update candidate_changes.models set is_whole = true;
        update candidate_mart_core.dim_users set hours = 7;
        """,
    )
    publish_green(candidate)
    wholes = "select model_name from candidate_changes.models where is_whole"
    assert rows_of(candidate, wholes) == []
    taken_back(candidate)
    assert rows_of(candidate, wholes) == [("dim_users",)]
    publish_again(candidate)
    assert_published_equals_candidate(candidate)


def test_rows_that_swap_a_unique_value_swap_back(candidate: Connection) -> None:
    run(
        candidate,
        """
        alter table candidate_mart_core.dim_users add column place integer unique;
        update candidate_mart_core.dim_users set place = ascii(user_id);
        """,
    )
    publish_green(candidate)
    places = "select user_id, place from mart_core.dim_users order by 1"
    before = rows_of(candidate, places)
    run(
        candidate,
        """
        update candidate_mart_core.dim_users set place = -place;
        update candidate_mart_core.dim_users
        set place = ascii(translate(left(user_id, 1), 'ab', 'ba'))
        """,
    )
    publish_green(candidate)
    assert rows_of(candidate, places) != before
    taken_back(candidate)
    assert rows_of(candidate, places) == before


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        (
            "alter table candidate_mart_core.dim_users add column age integer",
            "dim_users got other columns in it",
        ),
        ("drop table candidate_mart_core.fct_plays", "fct_plays was dropped in it"),
        (
            "create table candidate_mart_core.dim_new (id text primary key)",
            "dim_new was made in it",
        ),
    ],
)
def test_another_contract_is_no_way_back(
    candidate: Connection, change: str, obstacle: str
) -> None:
    publish_green(candidate)
    run(candidate, change)
    publish_green(candidate)
    before = rows_of(candidate, "table mart_core.dim_users order by 1")
    with pytest.raises(UserError, match=f"{obstacle}; build with the models of before"):
        taken_back(candidate)
    assert rows_of(candidate, "table mart_core.dim_users order by 1") == before
    assert any(obstacle in line for line in describe_sets(published_sets(candidate)))


def test_there_has_to_be_a_set_to_go_back_to(candidate: Connection) -> None:
    with pytest.raises(UserError, match="nothing was published yet"):
        taken_back(candidate)
    assert describe_sets(published_sets(candidate)) == [
        "nothing was published yet; run: streaming build"
    ]
    publish_green(candidate)
    with pytest.raises(UserError, match="only one set was published"):
        taken_back(candidate)
    assert describe_sets(published_sets(candidate))[-1] == (
        "there is no set to go back to"
    )


def test_a_row_that_others_refer_to_by_now_stops_it_all(candidate: Connection) -> None:
    publish_green(candidate)
    run(candidate, CHANGES[0])
    publish_green(candidate)
    run(
        candidate,
        """
        create schema theirs;
        create table theirs.notes (user_id text references mart_core.dim_users);
        insert into theirs.notes values ('dee');
        """,
    )
    before = rows_of(candidate, EVERYTHING)
    with pytest.raises(UserError, match=r"theirs.notes.*dee"):
        taken_back(candidate)
    assert rows_of(candidate, EVERYTHING) == before
    assert rows_of(candidate, "select count(*) from audit.rollbacks") == [(0,)]


def test_readers_see_one_set_or_the_other(candidate: Connection) -> None:
    """Each build stamps its number on every play and on every account's hours."""
    run(
        candidate,
        """
        insert into candidate_mart_core.dim_users
        select 'u' || n, 'basic', 1 from generate_series(1, 300) as n;
        insert into candidate_mart_core.fct_plays
        select 'q' || n, 'u' || n, 1 from generate_series(1, 300) as n;
        update candidate_mart_core.dim_users set hours = 1;
        """,
    )
    publish_green(candidate)
    done = threading.Event()

    def read() -> tuple[int, set[int]]:
        reads, seen = 0, set()
        with candidate.connect(autocommit=True) as session:
            while not done.is_set():
                (stamps,) = session.execute(
                    """
                    select array(
                        select distinct cast(hours as integer) from mart_core.dim_users
                        union all
                        select distinct build from mart_core.fct_plays
                    )
                    """
                ).fetchall()[0]
                assert len(stamps) == 2
                assert len(set(stamps)) == 1
                seen.add(stamps[0])
                reads += 1
        return reads, seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for build in (2, 3, 4):
                run(
                    candidate,
                    f"update candidate_mart_core.dim_users set hours = {build};"
                    f"update candidate_mart_core.fct_plays set build = {build};",
                )
                publish_green(candidate)
                taken_back(candidate)
                publish_again(candidate)
            for _ in range(3):
                last = taken_back(candidate)
        finally:
            done.set()
        results = [reader.result() for reader in readers]
    assert min(reads for reads, _ in results) >= 5
    assert len(set.union(*(seen for _, seen in results))) > 1
    assert rows_of(candidate, "select distinct build from mart_core.fct_plays") == [
        (1,)
    ]
    assert "streaming publish" in describe_rollback(last)[-1]
