"""The role that BI tools connect as: it reads the published marts, nothing else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.warehouse.passwords import new_password, read_password
from streaming_analytics.warehouse.selection import Selection

READER = "bi_reader"

_SETTINGS = {
    # A safety net against a slip; what really holds are the grants.
    "default_transaction_read_only": "on",
    # Long enough for an extract, too short for a forgotten cross join.
    "statement_timeout": "10min",
    # An open transaction keeps dead rows from being cleaned away.
    "idle_in_transaction_session_timeout": "10min",
}


@dataclass(frozen=True)
class Reader:
    """The role, its password when we know it, and a note for the user, or none.

    `is_there` is False when the role is missing and we may not create it.
    """

    name: str
    password: str | None
    is_there: bool
    note: str | None


def ensure_reader(selection: Selection, folder: Path) -> Reader:
    """Create the role where it is missing and allowed; keep its password in `folder`.

    On a server that is not the embedded one an existing role is left as it is.
    """
    kept_as = READER
    if not selection.is_embedded:
        server = re.sub(r"[^\w.-]+", "-", str(selection.connection))
        kept_as = f"{READER}.{server}"
    password = read_password(folder, kept_as)
    with selection.connection.connect() as session:
        is_there, may_create = _look(session)
        if is_there and (password is not None or not selection.is_embedded):
            return Reader(READER, password, True, None)
        if not may_create:
            return Reader(
                READER,
                None,
                False,
                f"role {READER} is missing and {selection.connection.user} may not "
                "create roles; nothing was granted (ask for: create role "
                f"{READER} login)",
            )
        folder.mkdir(exist_ok=True)
        password = new_password(folder, kept_as)
        role = sql.Identifier(READER)
        action = sql.SQL("alter" if is_there else "create")
        session.execute(
            sql.SQL("{} role {} login password {}").format(
                action, role, sql.Literal(password)
            )
        )
        for name, value in _SETTINGS.items():
            session.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    role, sql.Identifier(name), sql.Literal(value)
                )
            )
        session.execute(
            sql.SQL("grant connect on database {} to {}").format(
                sql.Identifier(selection.connection.database), role
            )
        )
    return Reader(READER, password, True, None)


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


def _look(session: psycopg.Connection[Any]) -> tuple[bool, bool]:
    """Return whether the role is there, and whether we may create roles."""
    row = session.execute(
        """
        select
            exists (select from pg_roles where rolname = %s),
            rolsuper or rolcreaterole
        from pg_roles
        where rolname = current_user
        """,
        [READER],
    ).fetchone()
    return (False, False) if row is None else (row[0], row[1])
