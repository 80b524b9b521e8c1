"""A job whose lock is gone stops, and says so."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse import heartbeat
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import holder_of, work_at, work_lock

# A beat is a tenth of a second; a busy machine is waited for.
MANY = 300


@pytest.fixture(autouse=True)
def _quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.1)


def end_session(database: Connection, pid: int) -> None:
    with database.connect(autocommit=True) as session:
        session.execute("select pg_terminate_backend(%s)", [pid])


def test_the_lock_shows_that_its_job_lives(database: Connection) -> None:
    with work_lock(database, "build"), database.connect(autocommit=True) as session:
        began = datetime.now(UTC)
        seen = set()
        for _ in range(MANY):
            holder = holder_of(session)
            assert holder is not None
            assert holder.beaten_at is not None
            seen.add(holder.beaten_at)
            if len(seen) > 2:
                break
            time.sleep(0.1)
        assert len(seen) > 2
        assert max(seen) > began
    with database.connect() as session:
        assert work_at(session) is None


def lose_the_lock(database: Connection, work: str, woken: list[str]) -> None:
    """Sleep, in the server or here, with a lock that is taken away.

    Args:
        database: Where it is.
        work: A load sleeps in the server.
        woken: Gets who slept undisturbed.
    """
    with work_lock(database, work) as lock, database.connect() as session:
        end_session(database, lock.pid)
        if work == "load":
            session.execute("select pg_sleep(60)")
        else:
            time.sleep(60)
        woken.append(work)


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN])
def _interrupts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run the test as in a terminal, and as in a shell's background."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts")
@pytest.mark.parametrize("work", ["build", "load"])
def test_a_job_whose_lock_is_gone_stops(database: Connection, work: str) -> None:
    woken: list[str] = []
    stopped = f"streaming {work} stopped, because the session that held"
    with pytest.raises(UserError, match=stopped) as error:
        lose_the_lock(database, work, woken)
    assert "streaming doctor" in str(error.value)
    assert woken == []


def test_ctrl_c_is_still_ctrl_c(database: Connection) -> None:
    with pytest.raises(KeyboardInterrupt), work_lock(database, "build"):
        raise KeyboardInterrupt


def test_a_fit_is_written_by_who_holds_the_lock(database: Connection) -> None:
    with work_lock(database, "build") as first, first.fitting() as store:
        store.execute("create table fits as select 1 as run_id")
    with (
        work_lock(database, "publish"),
        pytest.raises(UserError, match="another job may have begun"),
        first.fitting() as store,
    ):
        store.execute("insert into fits values (2)")
    with database.connect() as session:
        assert session.execute("select run_id from fits").fetchall() == [(1,)]


def test_whether_it_is_held_can_be_asked_in_any_session(database: Connection) -> None:
    with work_lock(database, "build") as first, database.connect() as session:
        first.require_held(session)
    with (
        work_lock(database, "publish"),
        database.connect() as session,
        pytest.raises(UserError, match="another job may have begun"),
    ):
        first.require_held(session)


def test_a_server_that_does_not_answer_is_not_waited_for(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_JOIN_SECONDS", 0.2)
    ended = threading.Event()
    stopped: list[int] = []

    def work() -> None:
        with work_lock(database, "build") as lock:
            os.kill(lock.pid, signal.SIGSTOP)
            stopped.append(lock.pid)
            # Long enough for a beat that gets no answer.
            time.sleep(1)
        ended.set()

    # A thread can be given up where it waits for ever.
    threading.Thread(target=work, daemon=True).start()
    try:
        assert ended.wait(MANY / 10)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
