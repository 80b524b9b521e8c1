"""The role that BI tools connect as: it reads the published marts, nothing else."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.large_objects import SHUT_LARGE_OBJECTS
from streaming_analytics.warehouse.passwords import new_password, read_password
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted

READER = "bi_reader"
#: A dashboard server keeps ten open; more at once is one that leaks them.
READER_CONNECTIONS = 20

_SETTINGS = {
    # A safety net against a slip; what really holds are the grants.
    "default_transaction_read_only": "on",
    # Long enough for an extract, too short for a forgotten cross join.
    "statement_timeout": "10min",
    # An open transaction keeps dead rows from being cleaned away.
    "idle_in_transaction_session_timeout": "10min",
}
#: Sorting must not fill the disk. It takes a right to set it, so no reader raises it.
_RESERVED_SETTINGS = {"temp_file_limit": "2GB"}


@dataclass(frozen=True)
class Reader:
    """The role, its password when we know it, and a note for the user, or none.

    `is_there` is False when the role is missing and we may not create it.
    """

    name: str
    password: str | None
    is_there: bool
    note: str | None


@dataclass(frozen=True)
class _Rights:
    is_there: bool
    may_create: bool
    is_superuser: bool


def ensure_reader(selection: Selection, folder: Path, role: str = READER) -> Reader:
    """Make a role what it should be; its password is kept in `folder`.

    A role may change its own password and settings, so both are set again each time,
    and the password is tried. On a server that is not the embedded one a role that
    somebody else made is left as it is.
    """
    connection = selection.connection
    kept_as = role
    if not selection.is_embedded:
        server = re.sub(r"[^\w.-]+", "-", str(connection))
        kept_as = f"{role}.{server}"
    password = read_password(folder, kept_as)
    with connection.connect() as session:
        rights = _look(session, role)
        if rights.is_there and password is None and not selection.is_embedded:
            return Reader(role, None, True, None)
        if not rights.is_there and not rights.may_create:
            return Reader(
                role,
                None,
                False,
                f"role {role} is missing and {connection.user} may not "
                "create roles; nothing was granted (ask for: create role "
                f"{role} login)",
            )
        if rights.may_create:
            folder.mkdir(exist_ok=True)
            password = password or new_password(folder, kept_as)
            _make(session, connection, rights, Reader(role, password, True, None))
        if selection.is_embedded:
            _shut_other_databases(session, role)
    return _tried(connection, Reader(role, password, True, None))


def _make(
    session: psycopg.Connection[Any],
    connection: Connection,
    rights: _Rights,
    reader: Reader,
) -> None:
    """Create the role or set it back to what it should be."""
    assert reader.password is not None
    role = sql.Identifier(reader.name)
    # Statements land in logs; from what is sent nobody can find the password.
    verifier = session.pgconn.encrypt_password(
        reader.password.encode(), reader.name.encode(), b"scram-sha-256"
    )
    session.execute(
        sql.SQL("{} role {} login connection limit {} password {}").format(
            sql.SQL("alter" if rights.is_there else "create"),
            role,
            sql.Literal(READER_CONNECTIONS),
            sql.Literal(verifier.decode()),
        )
    )
    database = sql.Identifier(connection.database)
    session.execute(sql.SQL("alter role {} reset all").format(role))
    session.execute(
        sql.SQL("alter role {} in database {} reset all").format(role, database)
    )
    for name, value in _SETTINGS.items():
        _set(session, role, name, value)
    for name, value in _RESERVED_SETTINGS.items():
        with suppress(psycopg.errors.InsufficientPrivilege), session.transaction():
            _set(session, role, name, value)
    session.execute(
        sql.SQL("grant connect on database {} to {}").format(database, role)
    )
    if rights.is_superuser:
        session.execute(trusted(SHUT_LARGE_OBJECTS))


def _set(
    session: psycopg.Connection[Any], role: sql.Identifier, name: str, value: str
) -> None:
    session.execute(
        sql.SQL("alter role {} set {} = {}").format(
            role, sql.Identifier(name), sql.Literal(value)
        )
    )


def _shut_other_databases(session: psycopg.Connection[Any], role: str) -> None:
    """Let nobody but their owners connect to the other databases of our own server."""
    for (name,) in session.execute(
        """
        select datname from pg_database
        where datallowconn and datname <> current_database()
            and pg_has_role(datdba, 'usage')
            and has_database_privilege(%s, oid, 'connect')
        """,
        [role],
    ).fetchall():
        session.execute(
            sql.SQL("revoke connect on database {} from public, {}").format(
                sql.Identifier(name), sql.Identifier(role)
            )
        )


def _tried(connection: Connection, reader: Reader) -> Reader:
    """Return the reader, with a note where its password does not let it in."""
    if reader.password is None:
        return reader
    try:
        with connection.with_user(reader.name, reader.password).connect():
            return reader
    except UserError as error:
        if "too many connections" in str(error):
            return reader
        return replace(
            reader,
            password=None,
            note=f"the password that is kept for {reader.name} is not its own: {error}",
        )


def grant_marts(
    session: psycopg.Connection[Any], reader: Reader, schemas: Sequence[str]
) -> None:
    """Let the role read every table of `schemas`, and those to come."""
    if not reader.is_there:
        return
    role = sql.Identifier(reader.name)
    for schema in map(sql.Identifier, schemas):
        for statement in (
            "grant usage on schema {schema} to {role}",
            "grant select on all tables in schema {schema} to {role}",
            "alter default privileges in schema {schema} "
            "grant select on tables to {role}",
        ):
            session.execute(sql.SQL(statement).format(schema=schema, role=role))


def _look(session: psycopg.Connection[Any], role: str) -> _Rights:
    row = session.execute(
        """
        select
            exists (select from pg_roles where rolname = %s),
            rolsuper or rolcreaterole,
            rolsuper
        from pg_roles
        where rolname = current_user
        """,
        [role],
    ).fetchone()
    return _Rights(False, False, False) if row is None else _Rights(*row)
