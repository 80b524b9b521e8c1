"""Locks of a publication: other writers wait, and readers hardly ever.

Only a change of a table's shape shuts readers out. It is never waited for behind a
reader: who waits holds up all that come after him, and a reader who waits for another
table in turn would be ended by the server, as in any deadlock.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.publishing.catalogue import TableName
from streaming_analytics.publishing.shape import Pair, identifier

Session = psycopg.Connection[Any]
T = TypeVar("T")

# Shorter than the second after which the server looks for deadlocks.
_PATIENCE = "set local lock_timeout = '300ms'"
#: For so long it is tried again when readers stand in the way.
RETRY_SECONDS = 15.0
_PAUSE_SECONDS = 0.2


def lock_tables(session: Session, pairs: Sequence[Pair]) -> None:
    """Keep other writers away from both sides; readers are not affected.

    Raises:
        UserError: Another session has one of them.
    """
    for pair in pairs:
        names = [pair.candidate]
        if pair.published is not None:
            names.append(pair.published.name)
        for name in names:
            lock_table(session, name, "streaming publish")


def lock_table(session: Session, name: TableName, command: str) -> None:
    """Keep other writers away from a table.

    Raises:
        UserError: Another session has it; `command` is what to run afterwards.
    """
    try:
        session.execute(
            sql.SQL("lock table {} in share row exclusive mode").format(
                identifier(name)
            )
        )
    except psycopg.errors.LockNotAvailable as error:
        raise UserError(
            f"{name} is locked by another session, so nothing was "
            f"published; end that session and run: {command}"
        ) from error


def lock_out_readers(
    session: Session, pairs: Sequence[Pair], leaving: Sequence[TableName]
) -> None:
    """Lock what changes its shape or leaves, all of it at once.

    Tried again and again: what the session did before stays done. From here on nothing
    is waited for longer than readers may be held up.

    Raises:
        psycopg.errors.LockNotAvailable: Readers stood in the way for too long.
    """
    there = {pair.wanted.name for pair in pairs if pair.published is not None}
    locked = sorted((_reshaped(pairs) & there) | set(leaving), key=str)

    def lock() -> None:
        with session.transaction():
            session.execute(_PATIENCE)
            session.execute(
                sql.SQL("lock table {} in access exclusive mode").format(
                    sql.SQL(", ").join(map(identifier, locked))
                )
            )

    if locked:
        retried(lock)


def _reshaped(pairs: Sequence[Pair]) -> set[TableName]:
    names = {pair.wanted.name for pair in pairs if pair.is_reshaped}
    rekeyed = {pair.wanted.name for pair in pairs if pair.is_rekeyed}
    for pair in pairs:
        if pair.published is None:
            continue
        before, after = pair.published.foreign_keys, pair.wanted.foreign_keys
        for key in before.keys() | after.keys():
            ends = {pair.wanted.name, key.target}
            # A key that comes or goes concerns both of the tables.
            if ends & rekeyed or not (key in before and key in after):
                names |= ends
    return names


def retried(change: Callable[[], T]) -> T:
    """Do it, and again when a reader stood in the way: nothing was changed then.

    Raises:
        psycopg.Error: Readers stood in the way for too long.
    """
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return change()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() > deadline:
                raise
        # By chance, so as not to keep step with a reader.
        time.sleep(_PAUSE_SECONDS * (0.5 + random.random()))
