"""What a check counts of a kept mart: what it counted before, and what its log adds."""

from collections.abc import Iterator

import pytest

from streaming_analytics.publishing.builds import make_audit_tables
from streaming_analytics.publishing.changes import forget_changes
from streaming_analytics.publishing.counts import keep_counts
from streaming_analytics.quality.counting import count_marts
from streaming_analytics.quality.measuring import Session
from streaming_analytics.quality.records import make_tables
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

TARGET = "counted"
USERS = f"{TARGET}_mart_core.dim_users"
LOG = f"{TARGET}_changes.dim_users"
MODELS = f"{TARGET}_changes.models"

MADE = f"""
create schema {TARGET}_mart_core;
create schema {TARGET}_changes;
create table {USERS} (user_id integer not null, name text, country text);
insert into {USERS} values
    (1, 'Ana', 'DE'), (2, null, null), (3, 'b@example.com', 'US');
create table {LOG} as select *, cast(0 as bigint) as change_sign from {USERS} limit 0;
create table {MODELS} (
    model_name text, relation_name text, fingerprint text, is_whole boolean,
    changed_rows bigint
);
insert into {MODELS} values ('dim_users', '{USERS}', 'abc', true, 0);
"""
# Ben came, 3 got another name: three rows in the log.
CHANGED = f"""
insert into {USERS} values (4, 'Ben', null);
update {USERS} set name = 'Cas' where user_id = 3;
insert into {LOG} values
    (4, 'Ben', null, 1), (3, 'b@example.com', 'US', -1), (3, 'Cas', 'US', 1);
update {MODELS} set changed_rows = changed_rows + 3;
"""
PUBLISHED = """
insert into audit.build_info
select gen_random_uuid(), 'sample', '1', null, 1, 3, 3, 0, 0, 1, '{}', clock_timestamp()
"""
BEHIND_ITS_BACK = f"insert into {USERS} values (9, 'Eve', 'FR')"


@pytest.fixture
def session(database: Connection) -> Iterator[Session]:
    """Yield a mart of three rows, as its first build leaves it."""
    with database.connect() as session:
        make_audit_tables(session)
        make_tables(session)
        session.execute(trusted(MADE))
        yield session
        session.rollback()


def run(session: Session, *statements: str) -> None:
    for statement in statements:
        session.execute(trusted(statement))


def counted(session: Session) -> tuple[int, int, int, int]:
    """Return rows, names, countries and what looks like an e-mail address."""
    (counts,) = count_marts(session, TARGET)
    filled = counts.filled
    mails = counts.personal["name", "e-mail"]
    assert counts.personal["country", "phone"] == 0
    return counts.rows, filled["name"], filled["country"], mails


def publish(session: Session) -> None:
    """Do what a publication does with the logs."""
    run(session, PUBLISHED)
    keep_counts(session, TARGET)
    forget_changes(session, TARGET)


def test_what_is_there_is_what_was_there_and_what_the_log_adds(
    session: Session,
) -> None:
    assert counted(session) == (3, 2, 2, 1)
    publish(session)
    # Nothing was changed, so nothing is looked at.
    run(session, BEHIND_ITS_BACK)
    assert counted(session) == (3, 2, 2, 1)
    run(session, f"delete from {USERS} where user_id = 9", CHANGED)
    assert counted(session) == (4, 3, 2, 0)
    publish(session)
    run(session, f"delete from {USERS} where user_id = 1")
    run(session, f"insert into {LOG} values (1, 'Ana', 'DE', -1)")
    run(session, f"update {MODELS} set changed_rows = 1")
    assert counted(session) == (3, 2, 1, 0)


def test_a_table_is_counted_where_its_log_does_not_say_all(session: Session) -> None:
    counted(session)
    publish(session)
    run(session, CHANGED)
    assert counted(session) == (4, 3, 2, 0)

    # Not published: the log also has what was counted already.
    run(session, f"insert into {USERS} values (5, 'Dan', 'DE')")
    run(session, f"insert into {LOG} values (5, 'Dan', 'DE', 1)")
    run(session, f"update {MODELS} set changed_rows = changed_rows + 1")
    assert counted(session) == (5, 4, 3, 0)

    # Published without a check after its last change.
    run(session, f"insert into {USERS} values (6, 'Fay', 'DE')")
    run(session, f"insert into {LOG} values (6, 'Fay', 'DE', 1)")
    run(session, f"update {MODELS} set changed_rows = changed_rows + 1")
    publish(session)
    assert counted(session) == (6, 5, 4, 0)

    publish(session)
    run(session, BEHIND_ITS_BACK, f"update {MODELS} set changed_rows = 1")
    assert counted(session) == (7, 6, 5, 0)


def test_a_table_that_was_filled_anew_is_counted(session: Session) -> None:
    counted(session)
    publish(session)
    run(session, BEHIND_ITS_BACK, f"update {MODELS} set is_whole = true")
    assert counted(session) == (4, 3, 3, 1)
    publish(session)
    run(
        session,
        f"create table {USERS}_new as select * from {USERS} where user_id < 3",
        f"alter table {USERS}_new alter column user_id set not null",
        f"drop table {USERS}",
        f"alter table {USERS}_new rename to dim_users",
    )
    assert counted(session) == (2, 1, 1, 0)


def test_another_column_makes_it_count_anew(session: Session) -> None:
    counted(session)
    publish(session)
    run(session, f"alter table {USERS} alter column user_id drop not null")
    run(session, BEHIND_ITS_BACK)
    assert counted(session) == (4, 3, 3, 1)


def test_a_publication_that_kept_no_counts_makes_it_count_anew(
    session: Session,
) -> None:
    """As by an older version of the project, in another checkout."""
    counted(session)
    publish(session)
    run(session, CHANGED, PUBLISHED)
    forget_changes(session, TARGET)
    assert counted(session) == (4, 3, 2, 0)
    publish(session)
    run(session, BEHIND_ITS_BACK)
    assert counted(session) == (4, 3, 2, 0)
