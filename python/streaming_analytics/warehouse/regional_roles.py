"""Roles that read one region of the marts, by row-level security.

docs/decisions/0060-readers-of-one-region.md
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.roles import READER, Reader, ensure_reader
from streaming_analytics.warehouse.selection import Selection

Session = psycopg.Connection[Any]

_REGION = "reads the region "
# Everybody sees all rows of a table that has row-level security on, but for those whom
# a policy of their own restricts.
_ALL_ROWS = "all_rows"
# What is the same for all regions: no figures in it.
_SHARED = ("dim_", "bridge_")


@dataclass(frozen=True)
class _Mart:
    schema: str
    table: str
    columns: frozenset[str]
    is_secured: bool
    policies: frozenset[str]

    @property
    def name(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.table)

    def condition(self, region: str) -> sql.Composable | None:
        """Return which rows are the region's; None where no column says so."""
        own = sql.SQL("= {}").format(sql.Literal(region))
        if "region_code" in self.columns:
            return sql.SQL("region_code {}").format(own)
        for column, table in (
            ("user_id", "dim_users"),
            ("country_code", "dim_countries"),
        ):
            if column in self.columns:
                return sql.SQL(
                    "{0} in (select {0} from mart_core.{1} where region_code {2})"
                ).format(sql.Identifier(column), sql.Identifier(table), own)
        return None


def ensure_regional_reader(selection: Selection, folder: Path, region: str) -> Reader:
    """Make a role that reads one region of the published marts, or set it back.

    Raises:
        UserError: There is no such region, or the role cannot be made.
    """
    with selection.connection.connect() as session:
        regions = _regions(session)
    code = region.strip().upper()
    if code not in regions:
        known = ", ".join(sorted(regions)) or "none: run streaming build"
        raise UserError(f"there is no region {region} in the marts; there are {known}")
    role = f"{READER}_{re.sub('[^a-z0-9]+', '_', code.lower())}"
    reader = ensure_reader(selection, folder, role)
    if not reader.is_there:
        raise UserError(reader.note or f"role {role} cannot be made")
    with selection.connection.connect() as session:
        session.execute(
            sql.SQL("comment on role {} is {}").format(
                sql.Identifier(role), sql.Literal(_REGION + code)
            )
        )
        session.execute("set local lock_timeout = '15s'")
        grant_regions(session)
    return reader


def grant_regions(session: Session) -> None:
    """Let each regional role read its region of every published table, and no more."""
    roles = session.execute(
        """
        select rolname, shobj_description(oid, 'pg_authid')
        from pg_roles
        where starts_with(rolname, %s)
            and starts_with(shobj_description(oid, 'pg_authid'), %s)
        order by 1
        """,
        [f"{READER}_", _REGION],
    ).fetchall()
    if not roles:
        return
    marts = _marts(session)
    for role, comment in roles:
        _grant_region(session, marts, role, comment.removeprefix(_REGION))


def _grant_region(
    session: Session, marts: Sequence[_Mart], role: str, region: str
) -> None:
    for schema in sorted({mart.schema for mart in marts}):
        session.execute(
            sql.SQL("grant usage on schema {} to {}").format(
                sql.Identifier(schema), sql.Identifier(role)
            )
        )
    for mart in marts:
        condition = mart.condition(region)
        parts = {"table": mart.name, "role": sql.Identifier(role)}
        if condition is None and not mart.table.startswith(_SHARED):
            # Figures of all regions together.
            session.execute(
                sql.SQL("revoke all on {table} from {role}").format(**parts)
            )
            continue
        if condition is not None:
            _restrict(session, mart, role, condition)
        session.execute(sql.SQL("grant select on {table} to {role}").format(**parts))


def _restrict(
    session: Session, mart: _Mart, role: str, condition: sql.Composable
) -> None:
    """Hide other regions' rows from a role; what is there already is left as it is.

    Each statement shuts readers out for a moment, so publications repeat none.
    """
    policy = f"only_{role}"
    if _ALL_ROWS not in mart.policies:
        session.execute(
            sql.SQL(
                "drop policy if exists {policy} on {table};"
                "create policy {policy} on {table} for select using (true)"
            ).format(policy=sql.Identifier(_ALL_ROWS), table=mart.name)
        )
    if policy not in mart.policies:
        session.execute(
            sql.SQL(
                "create policy {policy} on {table} as restrictive for select to {role}"
                " using ({condition})"
            ).format(
                policy=sql.Identifier(policy),
                table=mart.name,
                role=sql.Identifier(role),
                condition=condition,
            )
        )
    if not mart.is_secured:
        session.execute(
            sql.SQL("alter table {} enable row level security").format(mart.name)
        )


def _regions(session: Session) -> set[str]:
    there = session.execute(
        "select to_regclass('mart_core.dim_regions') is not null"
    ).fetchone()
    if there != (True,):
        return set()
    rows = session.execute("select region_code from mart_core.dim_regions").fetchall()
    return {code for (code,) in rows}


def _marts(session: Session) -> list[_Mart]:
    rows = session.execute(
        """
        select
            nspname, relname, relrowsecurity,
            array(
                select attname::text from pg_attribute
                where attrelid = pg_class.oid and attnum > 0 and not attisdropped
            ),
            array(select polname::text from pg_policy where polrelid = pg_class.oid)
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where starts_with(nspname, 'mart_') and relkind in ('r', 'p')
        order by 1, 2
        """
    ).fetchall()
    return [
        _Mart(schema, table, frozenset(columns), is_secured, frozenset(policies))
        for schema, table, is_secured, columns, policies in rows
    ]
